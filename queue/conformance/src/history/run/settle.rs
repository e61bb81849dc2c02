use windlass_queue::{
    AttemptError, ErrorReason, Event, Fenced, NewJob, RescueVerdict, Verdict, judge_lost, judge_overdue,
};
use windlass_shared::Backoff;

use super::Run;
use crate::endings::{complete_with, discard, failure, retry, snooze};
use crate::history::operation::{Ending, Which, Wish};

impl Run {
    pub(super) async fn settle(&mut self, which: &Which, ending: &Ending, times: usize) {
        let Some(claim) = self.choose(which) else { return };
        let job = &self.model.jobs[self.model.claims[claim].job];
        let is_last = job.snapshot.attempt >= job.snapshot.max_attempts;
        let verdict = match ending {
            Ending::Complete { children, one_elsewhere } => {
                let mut children = self.children(claim, children);
                children.extend(one_elsewhere.then(|| self.elsewhere.new_job()));
                complete_with(children)
            }
            // An engine applies what was judged, so the last attempt's failure reaches it as a discard.
            Ending::FailTransient { .. } if is_last => discard(),
            Ending::FailTransient { hours } => retry(self.delay(*hours)),
            Ending::FailPermanent => discard(),
            Ending::Snooze { hours } => snooze(self.delay(*hours)),
            Ending::Release => Verdict::Release,
            Ending::Stop => Verdict::Cancel,
        };
        self.end(claim, verdict, times).await;
    }

    pub(super) async fn end(&mut self, claim: usize, verdict: Verdict, times: usize) {
        for _ in 0..times {
            let expected = self.model.settle(claim, &verdict);
            let answer = self.bench.settle(self.model.claims[claim].claim, verdict.clone()).await;
            let is_right = expected.contains(&answer) || self.model.may_be_over(claim, answer);
            assert!(is_right, "{answer:?} is not among {expected:?}");
            self.take_in_news().await;
        }
    }

    /// Children, but for what is left to an engine: whether one with its parent's key meets it, or one with a key whose
    /// period was over before the clock stepped back.
    fn children(&mut self, claim: usize, wishes: &[Wish]) -> Vec<NewJob> {
        let of_parent = self.model.jobs[self.model.claims[claim].job].new.unique.map(|unique| unique.key);
        let mut children: Vec<_> = wishes.iter().map(|wish| self.new_job(wish)).collect();
        for child in &mut children {
            child.unique = child
                .unique
                .filter(|unique| Some(unique.key) != of_parent && self.model.is_clear(unique.key));
        }
        children
    }

    pub(super) async fn begin_alone(&mut self, which: &Which, times: usize) {
        let Some(claim) = self.choose(which) else { return };
        // Only suspects run alone.
        if !self.model.is_open(claim) || self.model.jobs[self.model.claims[claim].job].is_suspect() {
            for _ in 0..times {
                let answer = self.bench.begin_alone(self.model.claims[claim].claim).await;
                assert_eq!(answer, self.model.begin_alone(claim));
            }
        }
    }

    pub(super) async fn record_step(&mut self, which: &Which, step: u8, times: usize) {
        let Some(claim) = self.choose(which) else { return };
        let (step, result) = (format!("step-{step}"), self.tick().to_string());
        for _ in 0..times {
            let answer = self.bench.record_step(self.model.claims[claim].claim, &step, &result).await;
            let expected = self.model.record_step(claim, step.parse().unwrap(), result.clone().into());
            assert_eq!(answer, expected);
        }
        assert_eq!(self.bench.records(self.model.claims[claim].claim).await, self.model.records(claim));
    }

    pub(super) async fn checkpoint(&mut self, which: &Which, times: usize) {
        let Some(claim) = self.choose(which) else { return };
        let cursor = self.tick().to_string();
        for _ in 0..times {
            let answer = self.bench.checkpoint(self.model.claims[claim].claim, &cursor).await;
            assert_eq!(answer, self.model.checkpoint(claim, cursor.clone().into()));
        }
        assert_eq!(self.bench.records(self.model.claims[claim].claim).await, self.model.records(claim));
    }

    pub(super) async fn lose(&mut self, which: &Which, times: usize) {
        let Some(claim) = self.choose(which) else { return };
        let verdict = if self.model.is_open(claim) {
            let job = self.bench.get(self.model.claims[claim].claim.job).await;
            judge_lost(&job, |deaths| AttemptError {
                reason: ErrorReason::Poison,
                ..failure(&format!("{deaths} deaths"))
            })
        } else {
            None
        };
        self.rescue(claim, verdict, Event::Lost, times).await;
    }

    pub(super) async fn overrun(&mut self, which: &Which, hours: u8, times: usize) {
        let Some(claim) = self.choose(which) else { return };
        let backoff = Backoff::Fixed(self.delay(hours));
        let verdict = if self.model.is_open(claim) {
            let job = self.bench.get(self.model.claims[claim].claim.job).await;
            judge_overdue(&job, &backoff, 0.5, failure("it took too long"))
        } else {
            None
        };
        self.rescue(claim, verdict, Event::FailTransient, times).await;
    }

    /// Without a verdict the claim is stale, and what is decided for it does not matter.
    async fn rescue(&mut self, claim: usize, verdict: Option<RescueVerdict>, event: Event, times: usize) {
        let stale = RescueVerdict::Revive { deaths: 9, suspect: true };
        assert_eq!(verdict.is_some(), self.model.is_open(claim), "what is open can be judged");
        let verdict = verdict.unwrap_or(stale);
        for _ in 0..times {
            let expected: Fenced = self.model.rescue(claim, event, &verdict);
            assert_eq!(self.bench.rescue(self.model.claims[claim].claim, verdict.clone()).await, expected);
            self.take_in_news().await;
        }
    }
}
