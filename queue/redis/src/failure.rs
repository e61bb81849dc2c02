//! How a job failed, as it is stored: an object of JSON, in which scripts note the claim and the time.

use serde::{Deserialize, Serialize};
use windlass_queue::{AttemptError, EngineError, ErrorReason};
use windlass_shared::{ClaimNumber, Timestamp};

use crate::error::corrupt;

/// What is given to scripts.
#[derive(Serialize)]
struct Given<'a> {
    attempt: u16,
    reason: ErrorReason,
    message: &'a str,
}

/// What scripts store. One that found a job expired notes neither reason nor message.
#[derive(Deserialize)]
struct Stored {
    claim: u32,
    /// In milliseconds.
    at: i64,
    attempt: u16,
    reason: Option<ErrorReason>,
    message: Option<String>,
}

/// What a script takes; it begins with a brace, behind which scripts add what they know better.
pub(crate) fn given(error: &AttemptError) -> Result<Vec<u8>, EngineError> {
    let AttemptError { attempt, reason, message, claim: _, at: _ } = error;
    let given = Given { attempt: *attempt, reason: *reason, message };
    serde_json::to_vec(&given).map_err(|error| corrupt(error.to_string()))
}

/// Reads what is stored.
pub(crate) fn stored(text: &[u8]) -> Result<AttemptError, EngineError> {
    const EXPIRED: &str = "its time to start was over before it started";
    let Stored { claim, at, attempt, reason, message } =
        serde_json::from_slice(text).map_err(|error| corrupt(error.to_string()))?;
    Ok(AttemptError {
        attempt,
        claim: ClaimNumber::new(claim),
        at: Timestamp::from_millis(at),
        reason: reason.unwrap_or(ErrorReason::Expired),
        message: message.unwrap_or_else(|| EXPIRED.to_owned()),
    })
}
