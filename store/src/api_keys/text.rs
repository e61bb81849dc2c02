use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::error::StoreError;
use crate::id;

const PREFIX: &str = "wl";
const ID_LENGTH: usize = 8;
const SECRET_BYTES: usize = 32;
/// Letters that are not taken for one another; 32 of them, so that a byte gives each the same chance.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// The id of an API key: eight lower-case letters and digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

/// A text that is no id of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of an API key is eight lower-case letters and digits, like k7m2p9xa")]
pub struct InvalidKeyId;

impl KeyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for KeyId {
    type Err = InvalidKeyId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits =
            text.len() == ID_LENGTH && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if fits { Ok(Self(text.to_owned())) } else { Err(InvalidKeyId) }
    }
}

/// Draws a key: its id and its whole text.
pub(super) fn draw() -> Result<(KeyId, SecretString), StoreError> {
    let mut bytes = [0; ID_LENGTH];
    id::fill(&mut bytes)?;
    let letters = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
    let id = KeyId(letters.collect());
    let mut secret = [0; SECRET_BYTES];
    id::fill(&mut secret)?;
    let text = format!("{PREFIX}_{id}_{}", URL_SAFE_NO_PAD.encode(secret));
    Ok((id, text.into()))
}

/// The id within the text of a key; `None` when the text is none.
pub(super) fn id_in(text: &SecretString) -> Option<KeyId> {
    let (prefix, rest) = text.expose_secret().split_once('_')?;
    let (id, secret) = rest.split_once('_')?;
    // Only texts that were drawn are worth asking the database for.
    let is_whole = URL_SAFE_NO_PAD.decode(secret).is_ok_and(|bytes| bytes.len() == SECRET_BYTES);
    (prefix == PREFIX && is_whole).then(|| id.parse().ok())?
}

/// What is kept of a key: HMAC-SHA256 of its text under the secret of the installation, in hexadecimal digits. A stolen
/// database alone gives nobody a way to test guesses.
pub(super) fn hash(secret: &SecretString, text: &SecretString) -> String {
    // A key of any length fits; the error of the type can not occur.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(text.expose_secret().as_bytes());
    format!("{:x}", mac.finalize().into_bytes())
}
