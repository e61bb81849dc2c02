//! Every key of Windlass in Redis is built here or, from the same prefix, in the prelude of the scripts.

use windlass_shared::{Incarnation, JobId, JobState, QueueName};

/// The hash that gives queues their numbers. `#` is in no queue's name, so this tag is nobody else's.
pub(crate) const QUEUE_NUMBERS: &str = "windlass:{#}:queues";

/// What all keys of a queue start with; the braces keep them in one slot of a Cluster.
pub(crate) fn prefix(queue: &QueueName) -> String {
    format!("windlass:{{{queue}}}:")
}

pub(crate) fn of(queue: &QueueName, name: &str) -> String {
    prefix(queue) + name
}

/// The list that wakes one worker.
pub(crate) fn wake(queue: &QueueName, worker: Incarnation) -> Vec<u8> {
    let mut key = of(queue, "wake:").into_bytes();
    key.extend_from_slice(worker.as_bytes());
    key
}

/// The record of a job.
pub(crate) fn job(queue: &QueueName, job: JobId) -> Vec<u8> {
    let mut key = of(queue, "j:").into_bytes();
    key.extend_from_slice(job.as_bytes());
    key
}

/// The hash of the members of a batch, which is given by its id.
pub(crate) fn members(queue: &QueueName, batch: &[u8]) -> Vec<u8> {
    let mut key = of(queue, "members:").into_bytes();
    key.extend_from_slice(batch);
    key
}

/// The sorted set of the jobs in a final state other than `completed`.
pub(crate) fn finished(queue: &QueueName, state: JobState) -> String {
    of(queue, state.as_str())
}
