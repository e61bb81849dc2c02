use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::TokenFault;
use super::claims::Claims;

/// How many bytes a token has at most.
const MOST_BYTES: usize = 8_192;

/// A token taken apart, of which nothing is believed yet.
#[derive(Debug)]
pub(super) struct Token<'a> {
    header: Header,
    /// Header and claims as they were signed.
    message: &'a str,
    claims: &'a str,
    signature: &'a str,
}

#[derive(Debug, Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that whoever reads the token has to know (RFC 7515, section 4.1.11). We know none.
    crit: Option<IgnoredAny>,
}

impl<'a> Token<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, TokenFault> {
        if text.len() > MOST_BYTES {
            return Err(TokenFault::TooLarge);
        }
        let (message, signature) = text.rsplit_once('.').ok_or(TokenFault::Unreadable)?;
        let (header, claims) = message.split_once('.').ok_or(TokenFault::Unreadable)?;
        let header: Header = decoded(header)?;
        if header.crit.is_some() {
            return Err(TokenFault::Critical);
        }
        Ok(Self { header, message, claims, signature })
    }

    /// How it says to be signed.
    pub(super) fn algorithm(&self) -> &str {
        &self.header.alg
    }

    /// Which of its issuer's keys it says to be signed with.
    pub(super) fn key_id(&self) -> Option<&str> {
        self.header.kid.as_deref()
    }

    pub(super) fn check_signature(&self, key: &DecodingKey, algorithm: Algorithm) -> Result<(), TokenFault> {
        match crypto::verify(self.signature, self.message.as_bytes(), key, algorithm) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(TokenFault::Signature),
        }
    }

    pub(super) fn claims(&self) -> Result<Claims, TokenFault> {
        decoded(self.claims)
    }
}

fn decoded<T: DeserializeOwned>(part: &str) -> Result<T, TokenFault> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenFault::Unreadable)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenFault::Unreadable)
}
