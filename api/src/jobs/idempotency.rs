use axum::http::HeaderMap;
use windlass_queue::MAX_IDEMPOTENCY_KEY_BYTES;

use crate::problem::{Problem, ProblemType};

const HEADER: &str = "idempotency-key";

/// How much longer the keys of a batch's jobs are than the batch's own: `#` and an index of up to three digits.
const INDEX_BYTES: usize = 4;

/// The caller's word for a request that means the same however often it is sent.
#[derive(Debug, Clone)]
pub(crate) struct IdempotencyKey(Option<String>);

impl IdempotencyKey {
    /// The key of a request, where it has one.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut given = headers.get_all(HEADER).iter();
        let Some(key) = given.next() else { return Ok(Self(None)) };
        let key = key.to_str().map_err(|_| invalid())?;
        let longest = MAX_IDEMPOTENCY_KEY_BYTES - INDEX_BYTES;
        if given.next().is_some() || key.is_empty() || key.len() > longest {
            return Err(invalid());
        }
        Ok(Self(Some(key.to_owned())))
    }

    /// Whether a request has a key at all.
    pub(crate) fn is_in(headers: &HeaderMap) -> bool {
        headers.contains_key(HEADER)
    }

    /// Refuses a key where it would promise what does not hold.
    pub(crate) fn refused_for(&self, what: &str) -> Result<(), Problem> {
        if self.0.is_none() {
            return Ok(());
        }
        let detail = format!("Idempotency-Key is not for {what}.");
        Err(Problem::new(ProblemType::InvalidHeader, detail).with("header", "Idempotency-Key"))
    }

    /// The key itself.
    pub(crate) fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The key for a request's only job.
    pub(crate) fn of_job(&self) -> Option<String> {
        self.0.clone()
    }

    /// The key for the job at `index` of a batch.
    pub(crate) fn of_item(&self, index: usize) -> Option<String> {
        self.0.as_ref().map(|key| format!("{key}#{index}"))
    }
}

fn invalid() -> Problem {
    let longest = MAX_IDEMPOTENCY_KEY_BYTES - INDEX_BYTES;
    let detail = format!("Idempotency-Key is given once and has 1 to {longest} visible ASCII characters.");
    Problem::new(ProblemType::InvalidHeader, detail).with("header", "Idempotency-Key")
}
