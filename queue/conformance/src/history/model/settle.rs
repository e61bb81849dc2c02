use windlass_queue::{Event, Fenced, RescueVerdict, Settled, Verdict};
use windlass_shared::JobState;

use super::{End, Model, ModelClaim, Moment};

/// How many later claims of a job an engine remembers the end of a claim over.
const REMEMBERED: u32 = 8;

impl Model {
    /// The worker of a claim ends it. Answers what an engine may answer.
    pub(crate) fn settle(&mut self, claim: usize, verdict: &Verdict) -> Vec<Settled> {
        let ModelClaim { claim: windlass_shared::Claim { token, .. }, job, end } = self.claims[claim];
        if self.jobs[job].is_gone {
            return vec![Settled::Stale];
        }
        match end {
            End::Open => {
                if matches!(verdict, Verdict::Release) {
                    self.take_back_start(job);
                }
                self.end(claim, event_of(verdict), due(verdict, self.now), End::ByWorker);
                if let Verdict::Complete { children, .. } = verdict {
                    for child in children {
                        self.enqueue_child(child);
                    }
                }
                vec![self.settled(job)]
            }
            End::ByWorker if self.jobs[job].claims - token.number.get() < REMEMBERED => {
                vec![self.settled(job)]
            }
            End::ByWorker => vec![self.settled(job), Settled::Stale],
            End::ByCaretaker => vec![Settled::Stale],
        }
    }

    /// Somebody else than its worker ends a claim.
    pub(crate) fn rescue(&mut self, claim: usize, event: Event, verdict: &RescueVerdict) -> Fenced {
        if !self.is_open(claim) {
            return Fenced::Stale;
        }
        let after = match verdict {
            RescueVerdict::Retry { after, .. } => Some(self.now.after(*after)),
            RescueVerdict::Revive { .. } | RescueVerdict::Discard { .. } => None,
        };
        let job = &mut self.jobs[self.claims[claim].job];
        job.is_poison = event == Event::Lost && job.snapshot.alone && !job.snapshot.cancel_requested;
        self.end(claim, event, after, End::ByCaretaker);
        Fenced::Applied
    }

    pub(crate) fn begin_alone(&mut self, claim: usize) -> Fenced {
        if !self.is_open(claim) {
            return Fenced::Stale;
        }
        self.jobs[self.claims[claim].job].snapshot.alone = true;
        Fenced::Applied
    }

    /// A suspect that is given back before it began has not started.
    fn take_back_start(&mut self, job: usize) {
        let job = &self.jobs[job];
        if job.is_suspect() && !job.snapshot.alone {
            let scopes = job.scopes();
            self.rules.take_back_start(&scopes);
        }
    }

    fn end(&mut self, claim: usize, event: Event, due: Option<Moment>, end: End) {
        let job = self.claims[claim].job;
        self.claims[claim].end = end;
        if let Some(due) = due {
            self.jobs[job].run_at = due;
        }
        self.apply(job, event);
    }

    /// A job that has expired meanwhile is not tried again, and may be found so at once or later.
    fn settled(&self, job: usize) -> Settled {
        Settled::Applied { state: self.jobs[job].state() }
    }

    /// Whether a job that a settlement brought back may be told to be discarded at once, because it has expired.
    pub(crate) fn may_be_over(&self, claim: usize, answer: Settled) -> bool {
        let over = Settled::Applied { state: JobState::Discarded };
        answer == over && self.jobs[self.claims[claim].job].has_expired(self.now)
    }
}

const fn event_of(verdict: &Verdict) -> Event {
    match verdict {
        Verdict::Complete { .. } => Event::Complete,
        Verdict::Retry { .. } => Event::FailTransient,
        Verdict::Discard { .. } => Event::FailPermanent,
        Verdict::Snooze { .. } => Event::Snooze,
        Verdict::Release => Event::Release,
        Verdict::Cancel => Event::Stop,
    }
}

fn due(verdict: &Verdict, now: Moment) -> Option<Moment> {
    match verdict {
        Verdict::Retry { after, .. } | Verdict::Snooze { after, .. } => Some(now.after(*after)),
        Verdict::Complete { .. } | Verdict::Discard { .. } | Verdict::Release | Verdict::Cancel => None,
    }
}
