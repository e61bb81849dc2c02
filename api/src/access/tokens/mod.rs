//! JSON Web Tokens (RFC 7519), signed with a secret that is shared with their issuer (HS256), or with a key that the issuer
//! publishes (RS256).

mod claims;
mod key_set;
mod options;
mod token;

use jsonwebtoken::Algorithm;
use tokio_util::task::TaskTracker;
use windlass_shared::Clock;

pub(super) use claims::Person;
pub use options::{InvalidTokenOptions, TokenOptions};
use token::Token;

/// Why a token lets nobody in. Each is a sentence that its bearer may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum TokenFault {
    #[error("The token is no JSON Web Token that can be read.")]
    Unreadable,
    #[error("The token has more than 8192 bytes.")]
    TooLarge,
    #[error("The token is signed in a way that is not accepted here.")]
    Algorithm,
    #[error("The token needs an extension that is not known here.")]
    Critical,
    #[error("The token is signed with a key that its issuer does not publish.")]
    UnknownKey,
    #[error("The signature of the token is not right.")]
    Signature,
    #[error("The token has expired.")]
    Expired,
    #[error("The token is not valid yet.")]
    NotYet,
    #[error("The token has no `exp`, or a time in it is no number.")]
    Times,
    #[error("The token is from another issuer.")]
    Issuer,
    #[error("The token is meant for another audience.")]
    Audience,
    #[error("The token has no `sub` of 1 to 255 characters.")]
    Subject,
    #[error("The token names no organization, or not as 1 to 64 of a-z A-Z 0-9 . _ -.")]
    Organization,
}

/// What keeps a token from being judged.
#[derive(Debug)]
pub(super) enum TokenRefusal {
    Fault(TokenFault),
    /// The keys of its issuer cannot be had.
    KeysAway,
}

impl From<TokenFault> for TokenRefusal {
    fn from(fault: TokenFault) -> Self {
        Self::Fault(fault)
    }
}

/// Whether a text looks like a token at all.
pub(super) fn is_token(text: &str) -> bool {
    text.starts_with("ey") && text.bytes().filter(|byte| *byte == b'.').count() == 2
}

impl TokenOptions {
    /// Whose token this is, if it is one that holds now. Keys are fetched as one of these tasks.
    pub(super) async fn verify(
        &self,
        text: &str,
        clock: &dyn Clock,
        tasks: &TaskTracker,
    ) -> Result<Person, TokenRefusal> {
        let token = Token::parse(text)?;
        // Which key is tried follows from how the token says to be signed, and for each of these words there is one sort of key
        // only. So a published key can never be taken for a secret, and what is not signed is not even looked at.
        match (token.algorithm(), &self.secret, &self.key_set) {
            ("HS256", Some(secret), _) => token.check_signature(secret, Algorithm::HS256)?,
            ("RS256", _, Some(key_set)) => {
                let key = key_set.key(token.key_id(), tasks).await?;
                token.check_signature(&key, Algorithm::RS256)?;
            }
            (_, _, _) => return Err(TokenFault::Algorithm.into()),
        }
        let claims = token.claims()?;
        claims.check(self, clock.now())?;
        Ok(claims.person(self)?)
    }
}
