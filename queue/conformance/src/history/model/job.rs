use std::collections::BTreeMap;

use bytes::Bytes;
use windlass_queue::{Expiry, NewJob, SUSPECT_AFTER_DEATHS, Scope, Serves, Snapshot, When};
use windlass_shared::{JobId, JobState, StepName};

use super::Moment;

/// A job as the model knows it.
#[derive(Debug)]
pub(crate) struct ModelJob {
    /// What it was accepted with, or took over since.
    pub(crate) new: NewJob,
    pub(crate) snapshot: Snapshot,
    pub(crate) claims: u32,
    /// Whether it died alone. What becomes of the last attempt's number then is left to the engine.
    pub(crate) is_poison: bool,
    /// Whether it was deleted or pruned.
    pub(crate) is_gone: bool,
    pub(crate) steps: BTreeMap<StepName, Bytes>,
    pub(crate) checkpoint: Option<Bytes>,
    /// Where it stands in its lane, from 1; 0 for all that was given back. Those stand in front of the others, in
    /// an order that is left to the engine.
    pub(super) position: u32,
    /// Whether it may have been parked since it became available. It returns to the front then, in an order that is left
    /// to the engine, and as soon as there is room.
    pub(super) strays: bool,
    pub(super) run_at: Moment,
    pub(super) expires_at: Option<Moment>,
    pub(super) finished_at: Moment,
}

impl ModelJob {
    /// A job that is accepted now; its state is that of one without ties.
    pub(super) fn accepted(new: &NewJob, now: Moment) -> Self {
        let mut job = Self {
            new: new.clone(),
            snapshot: Snapshot {
                state: JobState::Available,
                attempt: 0,
                max_attempts: 0,
                deaths: 0,
                alone: false,
                cancel_requested: false,
            },
            claims: 0,
            is_poison: false,
            is_gone: false,
            steps: BTreeMap::new(),
            checkpoint: None,
            position: 0,
            strays: false,
            run_at: now,
            expires_at: None,
            finished_at: now,
        };
        job.take_over(new, now);
        job.snapshot.state = job.waiting_state(now);
        job
    }

    /// Takes over content and time of another; who it is stays.
    pub(super) fn take_over(&mut self, new: &NewJob, now: Moment) {
        let mine = self.new.clone();
        self.new = NewJob {
            id: mine.id,
            tenant: mine.tenant,
            kind: mine.kind,
            unique: mine.unique,
            batch: mine.batch,
            tombstone: mine.tombstone,
            ..new.clone()
        };
        self.snapshot.attempt = 0;
        self.snapshot.max_attempts = new.max_attempts.get();
        self.forget_records();
        self.run_at = match new.when {
            When::After(delay) => now.after(delay),
            When::Now | When::At(_) => now,
        };
        self.expires_at = new.expires.map(|expiry| match expiry {
            Expiry::After(time) => now.after(time),
            // Histories know no other instant than one that is long past.
            Expiry::At(_) => Moment::LONG_AGO,
        });
    }

    pub(super) fn forget_records(&mut self) {
        self.steps.clear();
        self.checkpoint = None;
    }

    /// The state of a job that waits for nothing but its time.
    pub(super) fn waiting_state(&self, now: Moment) -> JobState {
        if self.run_at > now { JobState::Scheduled } else { JobState::Available }
    }

    pub(crate) const fn id(&self) -> JobId {
        self.new.id
    }

    pub(crate) const fn state(&self) -> JobState {
        self.snapshot.state
    }

    pub(crate) const fn is_suspect(&self) -> bool {
        self.snapshot.deaths >= SUSPECT_AFTER_DEATHS
    }

    /// Whether it counts as unfinished.
    pub(super) const fn is_unfinished(&self) -> bool {
        !self.is_gone && !self.state().is_final()
    }

    pub(super) const fn is_available(&self) -> bool {
        !self.is_gone && matches!(self.state(), JobState::Available)
    }

    /// Whether it waits for its time or its next attempt.
    pub(super) const fn waits_for_time(&self) -> bool {
        !self.is_gone && matches!(self.state(), JobState::Scheduled | JobState::Retryable)
    }

    /// Whether it should have started before `now` and did not.
    pub(super) fn has_expired(&self, now: Moment) -> bool {
        let waits = self.is_unfinished() && self.state() != JobState::Running;
        waits && self.expires_at.is_some_and(|at| at <= now)
    }

    pub(super) fn is_served(&self, serves: &Serves) -> bool {
        match serves {
            Serves::Every => true,
            Serves::These(kinds) => kinds.contains(&self.new.kind),
        }
    }

    /// The scopes that it belongs to.
    pub(super) fn scopes(&self) -> Vec<Scope> {
        let mut scopes = vec![Scope::Queue, Scope::Tenant(self.new.tenant.clone())];
        scopes.push(Scope::Kind(self.new.kind.clone()));
        scopes.extend(self.new.limit_key.clone().map(Scope::Key));
        scopes
    }

    /// Whether it is parked when this scope holds it up. What a tenant holds up stays in its lanes, but for suspects, which
    /// have none.
    pub(super) fn parks_under(&self, scope: &Scope) -> bool {
        match scope {
            Scope::Queue => false,
            Scope::Tenant(_) => self.is_suspect(),
            Scope::Kind(_) | Scope::Key(_) => true,
        }
    }
}
