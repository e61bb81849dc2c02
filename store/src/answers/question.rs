use std::fmt;

use sha2::{Digest, Sha256};
use windlass_shared::TenantId;

/// How many bytes the body of an answer should have at most to be worth keeping; callers keep no longer ones.
pub const MOST_ANSWER_BYTES: usize = 1024 * 1024;

/// A request with an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Within which organization the key means this request.
    pub organization: TenantId,
    /// The key.
    pub key: String,
    /// What was asked.
    pub fingerprint: Fingerprint,
}

/// What was asked, as a hash: two requests with one key and different fingerprints are a mistake of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body: JSON, or nothing.
    pub body: String,
    /// The header `Location`.
    pub location: Option<String>,
}

/// What is known of a request whose key was used before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// It was answered.
    Answered(Answer),
    /// The key was used for another request.
    Other,
}

impl Fingerprint {
    /// The fingerprint of a request.
    pub fn of(method: &str, path: &str, body: &[u8]) -> Self {
        let mut digest = Sha256::new();
        // Neither a method nor a path has a NUL, so no other three parts give the same bytes.
        for part in [method.as_bytes(), &[0], path.as_bytes(), &[0], body] {
            digest.update(part);
        }
        Self(digest.finalize().into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
