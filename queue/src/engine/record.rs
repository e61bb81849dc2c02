use async_trait::async_trait;
use bytes::Bytes;
use windlass_shared::{Claim, StepName};

use super::{EngineError, Fenced};

/// How many steps a job may record.
pub const MAX_STEPS: usize = 1_000;
/// How many bytes the results of a job's steps may have together.
pub const MAX_STEP_BYTES: usize = 1_024 * 1_024;

/// The role that remembers across attempts what a job has done. Writing shows a token, as settling does.
#[async_trait]
pub trait RecordWork {
    /// What earlier attempts have recorded; `None` when the token is stale.
    async fn records(&self, claim: Claim) -> Result<Option<Records>, EngineError>;

    /// Records the result of a step, once: a step that is there already keeps its result.
    async fn record_step(
        &self,
        claim: Claim,
        step: &StepName,
        result: Bytes,
    ) -> Result<StepAnswer, EngineError>;

    /// Records how far the work has come, in place of what was recorded before.
    async fn checkpoint(&self, claim: Claim, cursor: Bytes) -> Result<Fenced, EngineError>;
}

/// What a job has recorded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    /// Its steps with their results (JSON in UTF-8), in the order of their names.
    pub steps: Vec<(StepName, Bytes)>,
    /// How far it has come: JSON in UTF-8.
    pub checkpoint: Option<Bytes>,
}

/// What became of a step's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepAnswer {
    /// It is recorded.
    Recorded,
    /// The step had this result already, which stays.
    AlreadyRecorded(Bytes),
    /// The job has [`MAX_STEPS`] steps or [`MAX_STEP_BYTES`] of results; nothing changed.
    Full,
    /// The token is stale; nothing changed.
    Stale,
}
