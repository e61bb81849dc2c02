use std::collections::BTreeMap;

use windlass_queue::{BatchAnswer, NewBatch};
use windlass_shared::{BatchId, JobId, JobState};

use super::{Model, Moment};

/// A batch as the model knows it.
#[derive(Debug)]
pub(crate) struct ModelBatch {
    pub(crate) new: NewBatch,
    pub(crate) is_sealed: bool,
    pub(crate) is_gone: bool,
    pub(crate) finished_at: Option<Moment>,
    /// Its members, and as what they first ended.
    members: BTreeMap<JobId, Option<JobState>>,
}

impl ModelBatch {
    pub(crate) fn callback(&self) -> Option<JobId> {
        self.new.callback.as_ref().map(|callback| callback.id)
    }

    pub(crate) fn total(&self) -> u64 {
        u64::try_from(self.members.len()).unwrap()
    }

    /// How many have ended in this state, or not at all.
    pub(crate) fn count(&self, end: Option<JobState>) -> u64 {
        u64::try_from(self.members.values().filter(|member| **member == end).count()).unwrap()
    }
}

impl Model {
    pub(crate) fn open_batch(&mut self, new: NewBatch) {
        if self.batches.iter().all(|batch| batch.new.id != new.id) {
            self.batches.push(ModelBatch {
                new,
                is_sealed: false,
                is_gone: false,
                finished_at: None,
                members: BTreeMap::new(),
            });
        }
    }

    pub(crate) fn add_to_batch(&mut self, batch: usize, member: JobId) -> BatchAnswer {
        self.change_members(batch, |members| {
            members.entry(member).or_default();
        })
    }

    pub(crate) fn remove_from_batch(&mut self, batch: usize, member: JobId) -> BatchAnswer {
        self.change_members(batch, |members| {
            members.remove(&member);
        })
    }

    fn change_members(
        &mut self,
        batch: usize,
        change: impl FnOnce(&mut BTreeMap<JobId, Option<JobState>>),
    ) -> BatchAnswer {
        let batch = &mut self.batches[batch];
        if batch.is_gone {
            return BatchAnswer::NotFound;
        }
        if batch.is_sealed {
            return BatchAnswer::Sealed;
        }
        change(&mut batch.members);
        BatchAnswer::Applied
    }

    pub(crate) fn seal_batch(&mut self, batch: usize) -> BatchAnswer {
        if self.batches[batch].is_gone {
            return BatchAnswer::NotFound;
        }
        self.batches[batch].is_sealed = true;
        self.finish_batch(batch);
        BatchAnswer::Applied
    }

    /// A job has ended: its batch does not wait for it any more.
    pub(super) fn cross_off(&mut self, job: usize, end: JobState) {
        let Some(batch) = self.jobs[job].new.batch.and_then(|batch| self.find_batch(batch)) else { return };
        let id = self.jobs[job].id();
        if let Some(member) = self.batches[batch].members.get_mut(&id) {
            member.get_or_insert(end);
            self.finish_batch(batch);
        }
    }

    fn finish_batch(&mut self, batch: usize) {
        let now = self.now;
        let batch = &mut self.batches[batch];
        if !batch.is_sealed || batch.is_gone || batch.finished_at.is_some() || batch.count(None) > 0 {
            return;
        }
        batch.finished_at = Some(now);
        if let Some(callback) = batch.new.callback.clone() {
            self.enqueue_child(&callback);
            if let Some(callback) = self.find(callback.id) {
                self.stand_anywhere(callback);
            }
        }
    }

    /// Removes those that have ended: for the others a history takes too little time.
    pub(super) fn prune_batches(&mut self, finished_until: Moment) -> usize {
        let mut gone = 0;
        for batch in self.batches.iter_mut().filter(|batch| !batch.is_gone) {
            batch.is_gone = batch.finished_at.is_some_and(|at| at <= finished_until);
            gone += usize::from(batch.is_gone);
        }
        gone
    }

    fn find_batch(&self, id: BatchId) -> Option<usize> {
        self.batches.iter().position(|batch| batch.new.id == id && !batch.is_gone)
    }
}
