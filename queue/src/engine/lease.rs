use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use windlass_shared::{Claim, Incarnation, KindName, QueueName, Timestamp};

use super::EngineError;

/// The role that keeps a worker's lease alive, over a connection of its own.
///
/// A lease belongs to a worker and covers all that it holds, so the cost of renewing it does not grow with the
/// jobs in flight.
#[async_trait]
pub trait KeepLease: Debug + Send {
    /// Renews the lease in each of the beat's queues, and tells what each queue has to say to the worker.
    async fn heartbeat(&mut self, beat: &Beat) -> Result<Vec<QueueBeat>, EngineError>;

    /// Ends the lease: the worker has given everything back and is gone.
    async fn retire(&mut self, worker: Incarnation, queues: &[QueueName]) -> Result<(), EngineError>;
}

/// One renewal.
#[derive(Debug, Clone)]
pub struct Beat {
    /// Who lives.
    pub worker: Incarnation,
    /// Who that is, for those who look.
    pub info: WorkerInfo,
    /// The queues that it serves.
    pub queues: Vec<QueueName>,
    /// How many bytes of memory its process has, where that is known.
    pub memory: Option<u64>,
}

/// A worker, for those who look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerInfo {
    /// A name that people recognize: by default host and process id.
    pub name: String,
    /// The host.
    pub host: String,
    /// The process id.
    pub pid: u32,
    /// When the process started.
    pub started_at: Timestamp,
    /// The kinds that it serves.
    pub kinds: Vec<KindName>,
    /// The version of Windlass.
    pub version: String,
}

/// What one queue answers to a renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueBeat {
    /// Which queue.
    pub queue: QueueName,
    /// How many current claims of the worker the engine knows in it.
    pub held: usize,
    /// Those of them whose cancellation was requested.
    pub cancels: Vec<Claim>,
}
