use std::time::Duration;

use tokio::time::Instant;
use windlass_queue::Suspects;

use crate::gate::Company;

/// How long a claimer waits until its suspect can be alone. Nothing new starts in the process meanwhile, so other
/// jobs that take their time must not make it wait for good.
const WAIT_ALONE: Duration = Duration::from_mins(1);

/// Decides whether the next claim of one queue may bring a suspect. Pure: it is told the time.
///
/// To find a suspect costs a busy worker a lot: all others have to end before it starts. So a worker that has
/// nothing to do looks for one freely, a busy one only now and then, and none right after it has run one, lest
/// many suspects keep ordinary jobs from being served.
#[derive(Debug)]
pub(crate) struct Suspicion {
    stance: Stance,
    /// When a worker that is busy may ask again.
    busy_from: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stance {
    /// Nothing is known of any suspect.
    Open,
    /// One was seen. It gets the process for itself, if that is possible until then.
    Seen { until: Instant },
    /// One has just run: now it is the others' turn.
    Served,
}

/// Who runs in this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// Nobody.
    None,
    /// Somebody, in whichever queue.
    Some,
}

impl Suspicion {
    /// Nothing is known yet, and any worker may ask.
    pub(crate) const fn new(now: Instant) -> Self {
        Self { stance: Stance::Open, busy_from: now }
    }

    /// Until when the next claim waits to be alone; `None` where it need not be.
    pub(crate) const fn alone_until(&self) -> Option<Instant> {
        match self.stance {
            Stance::Seen { until } => Some(until),
            Stance::Open | Stance::Served => None,
        }
    }

    /// What the next claim asks for. A busy worker that asks for suspects does so again after `pause`.
    pub(crate) fn ask(&mut self, others: Others, now: Instant, pause: Duration) -> Suspects {
        match (self.stance, others) {
            (Stance::Seen { .. }, _) | (Stance::Open, Others::None) => Suspects::Take,
            (Stance::Open, Others::Some) if now >= self.busy_from => {
                self.busy_from = now + pause;
                Suspects::Take
            }
            (Stance::Open, Others::Some) | (Stance::Served, _) => Suspects::Leave,
        }
    }

    /// A claim was answered without a suspect.
    pub(crate) fn none_came(&mut self) {
        self.stance = Stance::Open;
    }

    /// A claim in this company was answered with a suspect.
    pub(crate) fn one_came(&mut self, company: Company, now: Instant) {
        self.stance = match company {
            Company::Shared => Stance::Seen { until: now + WAIT_ALONE },
            Company::Alone => Stance::Served,
        };
    }

    /// The others did not end in time: they go on, and new ones beside them, for at least this `pause`.
    pub(crate) fn gave_up(&mut self, now: Instant, pause: Duration) {
        self.stance = Stance::Open;
        self.busy_from = now + pause;
    }

    /// Whether suspects were left out of the last question only because it was the others' turn.
    pub(crate) fn has_served(&self) -> bool {
        self.stance == Stance::Served
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);

    fn fresh() -> (Suspicion, Instant) {
        let now = Instant::now();
        (Suspicion::new(now), now)
    }

    #[test]
    fn a_worker_that_holds_nothing_always_asks() {
        let (mut suspicion, now) = fresh();
        for _ in 0..3 {
            assert_eq!(suspicion.ask(Others::None, now, PAUSE), Suspects::Take);
            suspicion.none_came();
        }
    }

    #[test]
    fn a_busy_worker_asks_once_in_a_while() {
        let (mut suspicion, now) = fresh();
        let mut asked = Vec::new();
        for second in 0..70 {
            if suspicion.ask(Others::Some, now + Duration::from_secs(second), PAUSE) == Suspects::Take {
                asked.push(second);
            }
            suspicion.none_came();
        }
        assert_eq!(asked, [0, 30, 60]);
    }

    #[test]
    fn a_suspect_that_was_seen_is_asked_for_again_alone() {
        let (mut suspicion, now) = fresh();
        assert_eq!(suspicion.alone_until(), None);
        suspicion.one_came(Company::Shared, now);
        assert_eq!(suspicion.alone_until(), Some(now + WAIT_ALONE));
        assert_eq!(suspicion.ask(Others::None, now, PAUSE), Suspects::Take);
    }

    #[test]
    fn ordinary_jobs_are_served_between_two_suspects() {
        let (mut suspicion, now) = fresh();
        suspicion.one_came(Company::Shared, now);
        suspicion.one_came(Company::Alone, now);
        assert_eq!(suspicion.alone_until(), None);
        assert_eq!(suspicion.ask(Others::None, now, PAUSE), Suspects::Leave);
        suspicion.none_came();
        assert_eq!(suspicion.ask(Others::None, now, PAUSE), Suspects::Take);
    }

    #[test]
    fn a_worker_that_is_never_alone_goes_on_with_ordinary_jobs() {
        let (mut suspicion, now) = fresh();
        suspicion.one_came(Company::Shared, now);
        let later = now + WAIT_ALONE;
        suspicion.gave_up(later, PAUSE);
        assert_eq!(suspicion.alone_until(), None);
        assert_eq!(suspicion.ask(Others::Some, later, PAUSE), Suspects::Leave);
        assert_eq!(suspicion.ask(Others::Some, later + PAUSE, PAUSE), Suspects::Take);
    }
}
