use std::fmt::Write;

use crate::error::Error;

/// The longest key; the server adds the place of a job among many.
const MOST_CHARACTERS: usize = 251;

/// The caller's word for a request that means the same however often it is sent. The server remembers it for 24 hours.
///
/// The client makes a new one for each request where none is given. Give your own, made of what the request is about, so
/// that it holds beyond this process: after a crash, the same words lead to the same job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// A key of 1 to 251 visible ASCII characters.
    pub fn new(key: impl Into<String>) -> Result<Self, Error> {
        let key = key.into();
        let fits =
            (1..=MOST_CHARACTERS).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic());
        if !fits {
            let reason = format!("it has to have 1 to {MOST_CHARACTERS} visible ASCII characters");
            return Err(Error::unusable("the idempotency key", &reason));
        }
        Ok(Self(key))
    }

    /// A key that nobody else has. It fails where the system has no randomness.
    pub fn fresh() -> Result<Self, Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Error::unusable("the system's randomness", &error))?;
        let mut key = String::with_capacity(32);
        for byte in bytes {
            // Writing into a text cannot fail.
            let _written = write!(key, "{byte:02x}");
        }
        Ok(Self(key))
    }

    /// The key as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The key of one portion of many jobs.
    pub(super) fn of_portion(&self, index: usize) -> Result<Self, Error> {
        Self::new(format!("{}:{index}", self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_the_server_would_refuse_is_not_made() {
        for wrong in [String::new(), "two words".to_owned(), "schlüssel".to_owned(), "k".repeat(252)] {
            assert!(IdempotencyKey::new(wrong).is_err());
        }
        assert!(IdempotencyKey::new("k".repeat(251)).is_ok());
    }

    #[test]
    fn fresh_keys_differ() {
        let fresh = || IdempotencyKey::fresh().unwrap();
        assert_ne!(fresh(), fresh());
        assert_eq!(fresh().as_str().len(), 32);
    }
}
