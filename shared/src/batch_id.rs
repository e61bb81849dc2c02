use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{InvalidJobId, JobId, QueueNumber, Timestamp};

/// The id of a batch of jobs. It is made like a [`JobId`] and carries the number of the queue that keeps the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BatchId(JobId);

impl BatchId {
    /// The length of an id in bytes.
    pub const BYTES: usize = JobId::BYTES;

    /// A new id for a batch that `queue` keeps.
    pub fn new(at: Timestamp, queue: QueueNumber, entropy: u64) -> Self {
        Self(JobId::new(at, queue, entropy))
    }

    /// The number of the queue that keeps the batch.
    pub fn queue(self) -> QueueNumber {
        self.0.queue()
    }

    /// The bytes, as engines store them.
    pub fn as_bytes(&self) -> &[u8; Self::BYTES] {
        self.0.as_bytes()
    }

    /// The id that an engine stored.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self(JobId::from_bytes(bytes))
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BatchId {
    type Err = InvalidBatchId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|InvalidJobId| InvalidBatchId)
    }
}

/// A text that is no batch id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a batch id is a UUID, like 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007")]
pub struct InvalidBatchId;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_text_lead_back_to_the_id_and_it_carries_its_queue() {
        let id = BatchId::new(Timestamp::from_millis(5), QueueNumber::new(2), 9);
        assert_eq!(BatchId::from_bytes(*id.as_bytes()), id);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.queue(), QueueNumber::new(2));
        assert_eq!("nonsense".parse::<BatchId>(), Err(InvalidBatchId));
    }
}
