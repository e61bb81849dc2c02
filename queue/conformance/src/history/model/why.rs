use windlass_queue::{Reason, Scope, Why};
use windlass_shared::JobState;

use super::rules::Held;
use super::{Model, ModelJob};

impl Model {
    /// Checks what an engine says of why a job does not run.
    pub(crate) fn check_why(&self, job: usize, why: Option<&Why>) {
        let job = &self.jobs[job];
        assert_eq!(why.is_none(), job.is_gone, "{job:?}: {why:?}");
        let Some(why) = why else { return };
        assert_eq!((why.job, why.state), (job.id(), job.state()));
        if job.state().is_final() || job.state() == JobState::Running {
            assert!(why.reasons.is_empty(), "{job:?} is not held up: {why:?}");
            return;
        }
        self.check_waiting(job, &why.reasons);
        for scope in job.scopes() {
            self.check_scope(&scope, &why.reasons);
        }
        let alone = |reason: &Reason| matches!(reason, Reason::MustRunAlone { .. });
        let must_run_alone = job.is_suspect() && job.is_available();
        assert_eq!(why.reasons.iter().any(alone), must_run_alone, "{job:?}: {why:?}");
    }

    fn check_waiting(&self, job: &ModelJob, reasons: &[Reason]) {
        let holder =
            self.find(job.id()).and_then(|job| self.awaited(job)).map(|holder| self.jobs[holder].id());
        let named = |reason: &Reason| match (job.state(), reason) {
            (JobState::Scheduled, Reason::ScheduledFor { .. })
            | (JobState::Retryable, Reason::RetryAt { .. }) => true,
            (JobState::Pending, Reason::WaitsFor { holder: named }) => Some(*named) == holder,
            _ => false,
        };
        let waits = job.state() != JobState::Available;
        assert_eq!(reasons.iter().any(named), waits, "{job:?}: {reasons:?}");
    }

    fn check_scope(&self, scope: &Scope, reasons: &[Reason]) {
        let paused =
            |reason: &Reason| matches!(reason, Reason::Paused { scope: named, .. } if named == scope);
        check_held(scope, reasons.iter().any(paused), |held| self.rules.is_paused(scope, self.now, held));
        let used_up =
            |reason: &Reason| matches!(reason, Reason::RateLimited { scope: named, .. } if named == scope);
        check_held(scope, reasons.iter().any(used_up), |held| self.rules.is_used_up(scope, self.now, held));
        let full = reasons.iter().find_map(|reason| match reason {
            Reason::LimitFull { scope: named, holders, .. } if named == scope => Some(holders),
            _ => None,
        });
        let running: Vec<_> = self.running(scope).map(ModelJob::id).collect();
        assert_eq!(full.is_some(), self.rules.is_full(scope, running.len()), "{scope}: {reasons:?}");
        if let Some(holders) = full {
            assert_eq!(holders.len(), running.len(), "{scope}: {holders:?} hold it, {running:?} run");
            assert!(holders.iter().all(|holder| running.contains(holder)), "{scope}: {holders:?}");
        }
    }
}

/// What surely holds is named, and what is named possibly holds.
fn check_held(scope: &Scope, named: bool, holds: impl Fn(Held) -> bool) {
    assert!(named || !holds(Held::Surely), "{scope} is held up and not named");
    assert!(!named || holds(Held::Possibly), "{scope} is named and not held up");
}
