use uuid::{Builder, Uuid};
use windlass_shared::Timestamp;

use crate::error::StoreError;

/// A new `UUIDv7` (RFC 9562, section 5.7) of this moment. Rows that are made one after the other stand beside one another
/// in the index.
pub(crate) fn new(at: Timestamp) -> Result<Uuid, StoreError> {
    let mut random = [0; 10];
    fill(&mut random)?;
    let millis = u64::try_from(at.as_millis()).unwrap_or(0);
    Ok(Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
}

/// Bytes that nobody can guess.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), StoreError> {
    getrandom::fill(bytes)
        .map_err(|error| StoreError::Refused { detail: format!("the system gives no random bytes: {error}") })
}
