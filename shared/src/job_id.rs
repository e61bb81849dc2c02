use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{QueueNumber, TenantId, Timestamp};

/// The id of a job: a UUID whose last two bytes carry the number of its queue, so that an id alone leads to
/// the job wherever it is kept.
///
/// An ordinary id is a UUIDv7 (RFC 9562, section 5.7) and sorts by the time of its creation. The id of a job
/// with an idempotency key is a `UUIDv8` (section 5.8) derived from the tenant and the key, so that enqueueing
/// again means the same job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(Uuid);

impl JobId {
    /// The length of an id in bytes.
    pub const BYTES: usize = 16;

    /// A new id for a job of `queue`, created `at`; `entropy` tells apart what was created in one millisecond.
    pub fn new(at: Timestamp, queue: QueueNumber, entropy: u64) -> Self {
        let [a, b, tail @ ..] = entropy.to_be_bytes();
        let mut random = [0; 10];
        random[..2].copy_from_slice(&[a, b]);
        random[2..8].copy_from_slice(&tail);
        random[8..].copy_from_slice(&queue.get().to_be_bytes());
        let millis = u64::try_from(at.as_millis()).unwrap_or(0);
        Self(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// The id that `key` of `tenant` always leads to in `queue`.
    pub fn derived(tenant: &TenantId, key: &str, queue: QueueNumber) -> Self {
        let mut digest = Sha256::new();
        digest.update(tenant.as_str());
        // A name has no NUL, so no other pair of tenant and key gives the same bytes.
        digest.update([0]);
        digest.update(key);
        let digest: [u8; 32] = digest.finalize().into();
        let mut bytes = [0; Self::BYTES];
        bytes.copy_from_slice(&digest[..Self::BYTES]);
        bytes[14..].copy_from_slice(&queue.get().to_be_bytes());
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The number of the queue that the job lives in.
    pub fn queue(self) -> QueueNumber {
        let bytes = self.0.as_bytes();
        QueueNumber::new(u16::from_be_bytes([bytes[14], bytes[15]]))
    }

    /// The bytes, as engines store them.
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        self.0.as_bytes()
    }

    /// The id that an engine stored.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for JobId {
    type Err = InvalidJobId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidJobId)
    }
}

/// A text that is no job id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a job id is a UUID, like 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007")]
pub struct InvalidJobId;

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(name: &str) -> TenantId {
        name.parse().unwrap()
    }

    #[test]
    fn an_id_is_a_version_7_uuid_that_sorts_by_time_and_carries_its_queue() {
        let queue = QueueNumber::new(0xBEEF);
        let early = JobId::new(Timestamp::from_millis(1_000), queue, u64::MAX);
        let late = JobId::new(Timestamp::from_millis(1_001), queue, 0);
        assert_eq!(early.0.get_version_num(), 7);
        assert!(early < late);
        assert_eq!(early.queue(), queue);
    }

    #[test]
    fn two_ids_of_one_millisecond_differ_by_their_entropy() {
        let at = Timestamp::from_millis(1_000);
        let queue = QueueNumber::new(1);
        assert_ne!(JobId::new(at, queue, 1), JobId::new(at, queue, 2));
    }

    #[test]
    fn a_key_leads_to_the_same_id_and_another_tenant_or_key_to_another() {
        let queue = QueueNumber::new(3);
        let id = JobId::derived(&tenant("acme"), "order-1", queue);
        assert_eq!(id, JobId::derived(&tenant("acme"), "order-1", queue));
        assert_ne!(id, JobId::derived(&tenant("acme"), "order-2", queue));
        assert_ne!(id, JobId::derived(&tenant("umbrella"), "order-1", queue));
        assert_eq!(id.0.get_version_num(), 8);
        assert_eq!(id.queue(), queue);
    }

    #[test]
    fn bytes_and_text_lead_back_to_the_id() {
        let id = JobId::new(Timestamp::from_millis(5), QueueNumber::new(2), 9);
        assert_eq!(JobId::from_bytes(*id.as_bytes()), id);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("nonsense".parse::<JobId>(), Err(InvalidJobId));
    }
}
