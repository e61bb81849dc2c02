use std::time::Duration;

use windlass_shared::{BatchId, JobId, JobState};

use crate::batch::MAX_BATCH_MEMBERS;
use crate::blobs::BlobFault;
use crate::catalog::CheckError;
use crate::engine::{EngineError, Enqueued};
use crate::job::MAX_PAYLOAD_BYTES;

/// Why a job was not accepted.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum EnqueueError {
    /// The kind is unknown or the arguments do not fit it.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// An option is outside of its range.
    #[error("{name} {rule}")]
    Option {
        /// Which one.
        name: &'static str,
        /// What holds for it.
        rule: &'static str,
    },
    /// The arguments are larger than those of a job may be.
    #[error("the args have {bytes} bytes; those of a job have at most {most} here, pass a reference instead")]
    TooLarge {
        /// How large they are.
        bytes: usize,
        /// How large they may be: [`MAX_PAYLOAD_BYTES`](crate::MAX_PAYLOAD_BYTES) where there is no place for larger ones.
        most: usize,
    },
    /// The arguments are too large for a job to carry, and could not be stored beside it. There is no such job.
    #[error("the args are larger than {MAX_PAYLOAD_BYTES} bytes and could not be stored: {0}")]
    Blob(#[from] BlobFault),
    /// The arguments are no JSON.
    #[error("the args cannot be written as JSON: {0}")]
    Unencodable(String),
    /// The engine did not take it; whether it arrived is known only if the engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// There was no answer: the engine gave fewer than it was given jobs, which is a defect of the engine, or the runtime
    /// that the call was made in has ended.
    #[error("the engine gave no answer for this job")]
    NoAnswer,
}

impl EnqueueError {
    /// Whether the job may have been accepted all the same, because only the answer is missing.
    pub(super) const fn leaves_open(&self) -> bool {
        matches!(self, Self::Engine(EngineError::Unavailable { .. }) | Self::NoAnswer)
    }

    /// Whether the same job may be accepted later without anybody changing anything.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Engine(error) => error.is_transient(),
            Self::Blob(fault) => fault.is_transient(),
            Self::NoAnswer => true,
            Self::Check(_) | Self::Option { .. } | Self::TooLarge { .. } | Self::Unencodable(_) => false,
        }
    }
}

/// Why a batch was not enqueued as a whole. Its callback does not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// It has more members than a batch may have. Nothing was enqueued.
    #[error("a batch of {members} jobs is too large: it has at most {MAX_BATCH_MEMBERS}")]
    TooLarge {
        /// How many it would have.
        members: usize,
    },
    /// Its callback cannot be accepted. Nothing was enqueued.
    #[error("the callback of the batch: {0}")]
    Callback(EnqueueError),
    /// It has neither members nor a callback. Nothing was enqueued.
    #[error("a batch without jobs needs a callback")]
    Empty,
    /// None of the jobs is a new one: each was refused, or another job stands for it.
    #[error("none of the {} jobs of the batch was accepted as a new one, so the batch was given up", .members.len())]
    NothingNew {
        /// The answer for each.
        members: Vec<Result<Enqueued, EnqueueError>>,
    },
    /// The engine did not answer for all of it. The batch stays open: members that were accepted run, and the callback
    /// does not.
    #[error("the batch {id} could not be enqueued as a whole: {error}")]
    Unfinished {
        /// The batch.
        id: BatchId,
        /// What the engine said.
        error: EnqueueError,
    },
}

/// Why the end of a job was not seen.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WaitError {
    /// There is no such job, or no longer.
    #[error("there is no job {0}")]
    NotFound(JobId),
    /// It has not ended in time.
    #[error("the job {job} is still {state} after {waited:?}")]
    TimedOut {
        /// Which one.
        job: JobId,
        /// Where it is in its life.
        state: JobState,
        /// How long was waited.
        waited: Duration,
    },
    /// The engine does not tell.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
