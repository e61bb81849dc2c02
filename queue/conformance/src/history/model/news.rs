use windlass_queue::Event;
use windlass_shared::{JobId, JobState};

use super::Model;

/// What time alone brings about: jobs expire, and periods of uniqueness end. When an engine notices is its own affair, as
/// long as nothing runs that has expired; so the model follows what it sees.
impl Model {
    /// Whether there is something that an engine may or may not have noticed.
    pub(crate) fn has_news(&self) -> bool {
        (0..self.jobs.len()).any(|job| self.jobs[job].has_expired(self.now) || self.is_ripe(job))
    }

    /// Takes in the state that an engine has a job in.
    pub(crate) fn notice(&mut self, job: usize, stored: JobState) {
        let known = &self.jobs[job];
        if known.state() == stored || known.is_gone {
            return;
        }
        if stored == JobState::Discarded && known.has_expired(self.now) {
            self.apply(job, Event::Expire);
        } else if self.is_ripe(job) {
            self.inherit_of(job);
        } else if known.waits_for_time() && known.has_expired(self.now) && known.run_at <= self.now {
            self.apply(job, Event::Promote);
        }
    }

    /// A claim may notice something and bring in the same step what became available by it: the heir of a key, or the
    /// callback of a batch.
    pub(super) fn follow_time_to(&mut self, claimed: JobId) {
        match self.find(claimed) {
            None => self.expire_members_before(claimed),
            Some(heir) if self.is_ripe(heir) => self.inherit_of(heir),
            Some(job) if self.jobs[job].state() == JobState::Pending => self.expire_holder_before(job),
            Some(_) => {}
        }
    }

    fn expire_holder_before(&mut self, heir: usize) {
        if let Some(holder) = self.awaited(heir).filter(|holder| self.jobs[*holder].has_expired(self.now)) {
            self.apply(holder, Event::Expire);
        }
    }

    fn expire_members_before(&mut self, callback: JobId) {
        let calls =
            |id| self.batches.iter().find(|batch| batch.callback() == Some(id)).map(|batch| batch.new.id);
        let Some(batch) = calls(callback) else { return };
        for job in 0..self.jobs.len() {
            if self.jobs[job].new.batch == Some(batch) && self.jobs[job].has_expired(self.now) {
                self.apply(job, Event::Expire);
            }
        }
    }
}
