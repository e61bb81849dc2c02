use std::fmt;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// How many characters an API key has at least.
pub const MIN_KEY_CHARACTERS: usize = 16;

/// The keys of the configuration: each opens everything, as the operator's key of the installation.
///
/// Only digests are kept. A given key is compared with all of them in constant time, digest by digest, so that
/// neither its content nor its length shows in how long the answer takes.
#[derive(Clone)]
pub struct ApiKeys {
    digests: Arc<[Digest]>,
}

/// The SHA-256 of a credential.
pub(super) type Digest = [u8; 32];

impl ApiKeys {
    /// Keys of at least [`MIN_KEY_CHARACTERS`] visible ASCII characters; one key at least.
    pub fn new(keys: impl IntoIterator<Item = SecretString>) -> Result<Self, InvalidApiKey> {
        let digests: Vec<_> = keys.into_iter().map(|key| checked(&key)).collect::<Result<_, _>>()?;
        if digests.is_empty() {
            return Err(InvalidApiKey::Missing);
        }
        Ok(Self { digests: digests.into() })
    }

    /// Whether this is the digest of one of them.
    pub(super) fn contain(&self, given: &Digest) -> bool {
        let nothing = Choice::from(0);
        let known = self.digests.iter().fold(nothing, |known, digest| known | digest.ct_eq(given));
        bool::from(known)
    }
}

impl fmt::Debug for ApiKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeys({} of them)", self.digests.len())
    }
}

fn checked(key: &SecretString) -> Result<Digest, InvalidApiKey> {
    let key = key.expose_secret();
    // Anything else could not be sent in a header.
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(InvalidApiKey::NotVisible);
    }
    if key.len() < MIN_KEY_CHARACTERS {
        return Err(InvalidApiKey::TooShort { characters: key.len() });
    }
    Ok(digest(key))
}

pub(super) fn digest(credential: &str) -> Digest {
    Sha256::digest(credential).into()
}

/// A text that cannot be an API key. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidApiKey {
    /// It could be guessed.
    #[error("the API key has {characters} characters; it takes {MIN_KEY_CHARACTERS} or more")]
    TooShort {
        /// How many it has.
        characters: usize,
    },
    /// It could not be sent.
    #[error("the API key has a character that is no visible ASCII one; take letters, digits and punctuation")]
    NotVisible,
    /// Nobody could use the API.
    #[error("there is no API key; give one of {MIN_KEY_CHARACTERS} characters or more")]
    Missing,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(keys: &[&str]) -> Result<ApiKeys, InvalidApiKey> {
        ApiKeys::new(keys.iter().map(|key| SecretString::from(*key)))
    }

    #[test]
    fn a_key_that_could_be_guessed_or_not_be_sent_is_refused() {
        assert_eq!(keys(&["fifteen-letters"]).unwrap_err(), InvalidApiKey::TooShort { characters: 15 });
        assert_eq!(keys(&["sixteen letters!!"]).unwrap_err(), InvalidApiKey::NotVisible);
        assert_eq!(keys(&["schlüssel-schlüssel"]).unwrap_err(), InvalidApiKey::NotVisible);
        assert_eq!(keys(&[]).unwrap_err(), InvalidApiKey::Missing);
    }

    #[test]
    fn each_of_several_keys_opens_and_nothing_else_does() {
        let keys = keys(&["first-key-of-sixteen", "other-key-of-sixteen"]).unwrap();
        assert!(keys.contain(&digest("first-key-of-sixteen")));
        assert!(keys.contain(&digest("other-key-of-sixteen")));
        for wrong in ["", "first-key-of-sixtee", "first-key-of-sixteen ", "FIRST-KEY-OF-SIXTEEN"] {
            assert!(!keys.contain(&digest(wrong)), "{wrong:?}");
        }
    }

    #[test]
    fn a_key_does_not_show_in_debug_output() {
        assert_eq!(format!("{:?}", keys(&["first-key-of-sixteen"]).unwrap()), "ApiKeys(1 of them)");
    }
}
