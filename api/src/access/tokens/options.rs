use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::DecodingKey;
use secrecy::{ExposeSecret, SecretString};

use super::key_set::KeySet;

/// How many bytes the secret of HS256 has at least: as many as its hash (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;

/// Which tokens are accepted, and what their claims are called. Without a secret and without a key set, none is.
#[derive(Clone)]
pub struct TokenOptions {
    pub(super) secret: Option<DecodingKey>,
    pub(super) key_set: Option<Arc<KeySet>>,
    pub(super) issuer: Option<String>,
    pub(super) audience: Option<String>,
    pub(super) organization_claim: String,
    pub(super) roles_claim: String,
}

impl Default for TokenOptions {
    fn default() -> Self {
        Self {
            secret: None,
            key_set: None,
            issuer: None,
            audience: None,
            organization_claim: "organization".to_owned(),
            roles_claim: "roles".to_owned(),
        }
    }
}

impl TokenOptions {
    /// The same, with tokens accepted that are signed with this secret of 32 bytes or more (HS256).
    pub fn with_secret(self, secret: &SecretString) -> Result<Self, InvalidTokenOptions> {
        let secret = secret.expose_secret().as_bytes();
        if secret.len() < SHORTEST_SECRET {
            return Err(InvalidTokenOptions::ShortSecret { bytes: secret.len() });
        }
        Ok(Self { secret: Some(DecodingKey::from_secret(secret)), ..self })
    }

    /// Whether a set of keys can be at this address, without looking.
    pub fn check_key_set_address(url: &str) -> Result<(), InvalidTokenOptions> {
        KeySet::address(url).map(drop)
    }

    /// The same, with tokens accepted that are signed with a key of the set at this `http` or `https` address (RS256).
    pub fn with_key_set(self, url: &str) -> Result<Self, InvalidTokenOptions> {
        self.with_key_set_asked_every(url, KeySet::PAUSE, KeySet::REFRESH)
    }

    /// The same, with other times: for an unknown key the set is fetched no sooner than `pause` after the last time, and
    /// otherwise every `refresh`.
    pub fn with_key_set_asked_every(
        self,
        url: &str,
        pause: Duration,
        refresh: Duration,
    ) -> Result<Self, InvalidTokenOptions> {
        Ok(Self { key_set: Some(Arc::new(KeySet::new(url, pause, refresh)?)), ..self })
    }

    /// The same, where tokens have to be from this issuer (`iss`).
    pub fn issued_by(self, issuer: impl Into<String>) -> Self {
        Self { issuer: Some(issuer.into()), ..self }
    }

    /// The same, where tokens have to be meant for this audience (`aud`).
    pub fn meant_for(self, audience: impl Into<String>) -> Self {
        Self { audience: Some(audience.into()), ..self }
    }

    /// The same, with other names of the claims that hold the organization and the roles. A name with dots is also tried as a
    /// path, like `realm_access.roles`.
    pub fn with_claims(self, organization: impl Into<String>, roles: impl Into<String>) -> Self {
        Self { organization_claim: organization.into(), roles_claim: roles.into(), ..self }
    }

    /// Whether any token is accepted.
    pub(in crate::access) const fn accepts_any(&self) -> bool {
        self.secret.is_some() || self.key_set.is_some()
    }
}

impl fmt::Debug for TokenOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenOptions")
            .field("secret", &self.secret.is_some())
            .field("key_set", &self.key_set)
            .finish_non_exhaustive()
    }
}

/// Why tokens cannot be checked like this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTokenOptions {
    /// It could be guessed.
    #[error(
        "the secret of tokens has {bytes} bytes; HS256 takes {SHORTEST_SECRET} or more, like the output of \
         `openssl rand -hex 32`"
    )]
    ShortSecret {
        /// How many it has.
        bytes: usize,
    },
    /// It leads nowhere.
    #[error("{url:?} is no http or https address of a key set")]
    Address {
        /// What was given, without what may be secret in it.
        url: String,
    },
    /// TLS cannot be set up.
    #[error("key sets cannot be fetched: {detail}")]
    Http {
        /// What is in the way.
        detail: String,
    },
}
