use std::time::Duration;

use windlass_queue::{Depth, Event, Limit, LimitScope, Retention, Scope};
use windlass_shared::JobState;

use super::{Model, Moment};

/// What concerns a queue as a whole.
impl Model {
    pub(crate) fn advance(&mut self, by: Duration) {
        self.now = self.now.after(by);
        self.rules.advanced(self.now);
        self.periods_advanced();
    }

    pub(crate) fn step_back(&mut self, by: Duration) {
        self.now = self.now.before(by);
        self.rules.stepped_back(self.now);
    }

    /// Makes up to `most` jobs available that are due; what has expired is left to be noticed. Answers how many.
    pub(crate) fn promote(&mut self, most: usize) -> usize {
        let is_due = |job: &usize| {
            let job = &self.jobs[*job];
            job.waits_for_time() && job.run_at <= self.now && !job.has_expired(self.now)
        };
        let mut due: Vec<_> = (0..self.jobs.len()).filter(is_due).collect();
        due.sort_by_key(|job| self.jobs[*job].run_at);
        due.truncate(most);
        for job in &due {
            self.apply(*job, Event::Promote);
        }
        due.len()
    }

    /// How long until the next job is due.
    pub(crate) fn next_due(&self) -> Option<Duration> {
        let waiting = self.existing().filter(|job| job.waits_for_time() && !job.has_expired(self.now));
        waiting.map(|job| job.run_at).min().map(|at| at.since(self.now))
    }

    /// Answers how many jobs and batches go.
    pub(crate) fn prune(&mut self, retention: &Retention) -> usize {
        let completed_until = self.now.before(retention.completed_for);
        let failed_until = self.now.before(retention.failed_for);
        let mut gone = 0;
        for job in self.jobs.iter_mut().filter(|job| !job.is_gone && job.state().is_final()) {
            let until = if job.state() == JobState::Completed { completed_until } else { failed_until };
            job.is_gone = job.finished_at <= until;
            gone += usize::from(job.is_gone);
        }
        gone + self.prune_batches(completed_until)
    }

    /// A pause or hold that lasts for so long, or until it is resumed.
    pub(crate) fn pause(&mut self, scope: &Scope, lasts: Option<Duration>) {
        let until = lasts.map_or(Moment::NEVER, |lasts| self.now.after(lasts));
        self.rules.pause(scope, until);
    }

    pub(crate) fn hold_up(&mut self, scope: &Scope, lasts: Duration) {
        self.rules.hold(scope, self.now.after(lasts));
    }

    /// What is paused or held, or was.
    pub(crate) fn paused(&self) -> Vec<Scope> {
        self.rules.paused().cloned().collect()
    }

    /// Answers whether there was a pause, if that is sure.
    pub(crate) fn resume(&mut self, scope: &Scope) -> Option<bool> {
        self.rules.resume(scope, self.now)
    }

    pub(crate) fn set_limit(&mut self, scope: &LimitScope, limit: Option<Limit>) {
        self.rules.set_limit(scope, limit);
    }

    /// How many jobs are in each state.
    pub(crate) fn depth(&self) -> Depth {
        let count = |state: JobState| {
            u64::try_from(self.existing().filter(|job| job.state() == state).count()).unwrap()
        };
        Depth {
            scheduled: count(JobState::Scheduled),
            pending: count(JobState::Pending),
            available: count(JobState::Available),
            running: count(JobState::Running),
            retryable: count(JobState::Retryable),
            completed: count(JobState::Completed),
            cancelled: count(JobState::Cancelled),
            discarded: count(JobState::Discarded),
        }
    }
}
