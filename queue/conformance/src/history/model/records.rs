use std::collections::btree_map::Entry;

use bytes::Bytes;
use windlass_queue::{Fenced, Records, StepAnswer};
use windlass_shared::StepName;

use super::{Model, ModelJob};

impl Model {
    pub(crate) fn record_step(&mut self, claim: usize, step: StepName, result: Bytes) -> StepAnswer {
        if !self.is_open(claim) {
            return StepAnswer::Stale;
        }
        match self.jobs[self.claims[claim].job].steps.entry(step) {
            Entry::Occupied(recorded) => StepAnswer::AlreadyRecorded(recorded.get().clone()),
            Entry::Vacant(free) => {
                free.insert(result);
                StepAnswer::Recorded
            }
        }
    }

    pub(crate) fn checkpoint(&mut self, claim: usize, cursor: Bytes) -> Fenced {
        if !self.is_open(claim) {
            return Fenced::Stale;
        }
        self.jobs[self.claims[claim].job].checkpoint = Some(cursor);
        Fenced::Applied
    }

    /// What a worker with this claim reads.
    pub(crate) fn records(&self, claim: usize) -> Option<Records> {
        self.is_open(claim).then(|| self.jobs[self.claims[claim].job].records())
    }
}

impl ModelJob {
    pub(crate) fn records(&self) -> Records {
        let steps = self.steps.iter().map(|(step, result)| (step.clone(), result.clone())).collect();
        Records { steps, checkpoint: self.checkpoint.clone() }
    }

    pub(super) fn has_records(&self) -> bool {
        !self.steps.is_empty() || self.checkpoint.is_some()
    }
}
