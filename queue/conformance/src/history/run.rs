use std::time::Duration;

use proptest::sample::Index;
use windlass_queue::{
    AttemptError, ErrorReason, Event, Fenced, NewJob, RescueVerdict, Suspects, Verdict, When, judge_lost,
    judge_overdue,
};
use windlass_shared::{Backoff, Incarnation, MaxAttempts, Priority};

use super::model::Model;
use super::operation::{Ending, Operation, WORKERS, Which, Wish};
use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, failure, retry, snooze};

/// A history on its way: what an engine holds and what the model says that it should.
pub(crate) struct Run {
    bench: Bench,
    model: Model,
    workers: [Incarnation; WORKERS],
    enqueued: Vec<NewJob>,
}

impl Run {
    /// Drives `operations` through the queue of `bench`, and compares after each.
    pub(crate) async fn drive(bench: Bench, operations: &[Operation]) {
        let workers = [bench.worker(), bench.worker(), bench.worker()];
        let mut run = Self { bench, model: Model::default(), workers, enqueued: Vec::new() };
        for operation in operations {
            run.step(operation).await;
            run.compare().await;
        }
        run.compare_overview().await;
    }

    async fn step(&mut self, operation: &Operation) {
        match operation {
            Operation::Enqueue(wish) => self.enqueue(*wish).await,
            Operation::EnqueueAgain { job } => self.enqueue_again(*job).await,
            Operation::Claim { worker, most, suspects } => self.claim(*worker, *most, *suspects).await,
            Operation::Settle { claim, ending } => self.settle(claim, *ending).await,
            Operation::BeginAlone { claim } => self.begin_alone(claim).await,
            Operation::Lose { claim } => self.lose(claim).await,
            Operation::Overrun { claim, hours } => self.overrun(claim, *hours).await,
            Operation::Cancel { job } => self.cancel(*job).await,
            Operation::Promote { most } => {
                assert_eq!(self.bench.promote(*most).await.count, self.model.promote(*most));
            }
            Operation::Advance => {
                // The minute more than covers what `delay` adds to an hour.
                self.bench.advance(HOUR + Duration::from_mins(1));
                self.model.advance();
            }
        }
    }

    async fn enqueue(&mut self, wish: Wish) {
        let job = NewJob {
            tenant: format!("tenant-{}", wish.tenant).parse().unwrap(),
            priority: Priority::new(wish.priority).unwrap(),
            when: if wish.hours == 0 { When::Now } else { When::After(self.delay(wish.hours)) },
            max_attempts: MaxAttempts::new(wish.max_attempts).unwrap(),
            ..self.bench.new_job()
        };
        self.bench.add(job.clone()).await;
        self.model.enqueue(job.id, wish);
        self.enqueued.push(job);
    }

    async fn enqueue_again(&self, job: Index) {
        if let Some(job) = pick(job, self.enqueued.len()) {
            let answer = self.bench.enqueue(&self.enqueued[job..=job]).await[0];
            assert!(answer.duplicate);
            assert_eq!(answer.state, self.model.jobs[job].snapshot.state);
        }
    }

    async fn claim(&mut self, worker: usize, most: usize, suspects: Suspects) {
        self.model.promote(usize::MAX);
        let (worker, expected) = (self.workers[worker], self.model.expected(most, suspects));
        let mut given = Vec::new();
        loop {
            let claimed = self.bench.ask(worker, most - given.len(), suspects).await;
            self.model.claim(worker, suspects, &claimed.jobs);
            given.extend(claimed.jobs);
            if given.len() >= expected || !claimed.more {
                break;
            }
        }
        assert_eq!(given.len(), expected, "a claim brings what is available: {given:?}");
    }

    async fn settle(&mut self, which: &Which, ending: Ending) {
        let Some(claim) = self.choose(which) else { return };
        let job = &self.model.jobs[self.model.claims[claim].job];
        let is_last = job.snapshot.attempt >= job.snapshot.max_attempts;
        let (verdict, event, hours) = match ending {
            Ending::Complete => (complete(), Event::Complete, 0),
            // An engine applies what was judged, so the last attempt's failure reaches it as a discard.
            Ending::FailTransient { .. } if is_last => (discard(), Event::FailTransient, 0),
            Ending::FailTransient { hours } => (retry(self.delay(hours)), Event::FailTransient, hours),
            Ending::FailPermanent => (discard(), Event::FailPermanent, 0),
            Ending::Snooze { hours } => (snooze(self.delay(hours)), Event::Snooze, hours),
            Ending::Release => (Verdict::Release, Event::Release, 0),
            Ending::Stop => (Verdict::Cancel, Event::Stop, 0),
        };
        let expected = self.model.settle(claim, event, hours);
        let answer = self.bench.settle(self.model.claims[claim].claim, verdict).await;
        assert!(expected.contains(&answer), "{answer:?} is not among {expected:?}");
    }

    async fn begin_alone(&mut self, which: &Which) {
        let Some(claim) = self.choose(which) else { return };
        // Only suspects run alone.
        if !self.model.is_open(claim) || self.model.is_suspect(claim) {
            let answer = self.bench.begin_alone(self.model.claims[claim].claim).await;
            assert_eq!(answer, self.model.begin_alone(claim));
        }
    }

    async fn lose(&mut self, which: &Which) {
        let Some(claim) = self.choose(which) else { return };
        let job = self.bench.get(self.model.claims[claim].claim.job).await;
        let verdict = judge_lost(&job, |deaths| AttemptError {
            reason: ErrorReason::Poison,
            ..failure(&format!("{deaths} deaths"))
        });
        self.rescue(claim, verdict, Event::Lost, 0).await;
    }

    async fn overrun(&mut self, which: &Which, hours: u8) {
        let Some(claim) = self.choose(which) else { return };
        let job = self.bench.get(self.model.claims[claim].claim.job).await;
        let backoff = Backoff::Fixed(self.delay(hours));
        let verdict = judge_overdue(&job, &backoff, 0.5, failure("it took too long"));
        self.rescue(claim, verdict, Event::FailTransient, hours).await;
    }

    async fn rescue(&mut self, claim: usize, verdict: Option<RescueVerdict>, event: Event, hours: u8) {
        let expected = self.model.rescue(claim, event, hours);
        let stale = RescueVerdict::Revive { deaths: 9, suspect: true };
        let verdict = if expected == Fenced::Stale { stale } else { verdict.expect("the job runs") };
        assert_eq!(self.bench.rescue(self.model.claims[claim].claim, verdict).await, expected);
    }

    async fn cancel(&mut self, job: Index) {
        if let Some(job) = pick(job, self.model.jobs.len()) {
            let expected = self.model.cancel(job);
            assert_eq!(self.bench.cancel(self.model.jobs[job].id).await, expected);
        }
    }

    /// Compares what is known of each job.
    async fn compare(&self) {
        let ids: Vec<_> = self.model.jobs.iter().map(|job| job.id).collect();
        let stored = self.bench.engine.get(&ids).await.unwrap();
        for (job, expected) in stored.into_iter().zip(&self.model.jobs) {
            let job = job.expect("what was accepted exists");
            let mut snapshot = job.snapshot();
            if expected.is_poison {
                snapshot.attempt = expected.snapshot.attempt;
            }
            assert_eq!((snapshot, job.claims), (expected.snapshot, expected.claims), "{job:?}");
        }
    }

    /// Compares what is known of the queue as a whole.
    async fn compare_overview(&self) {
        for worker in self.workers {
            let held = self.bench.held(worker).await;
            assert_eq!(held.into_iter().collect::<std::collections::BTreeSet<_>>(), self.model.held(worker));
        }
        let (expected, more) = self.model.depth();
        let mut depth = self.bench.depth().await;
        assert!((expected.available..=expected.available + more).contains(&depth.available), "{depth:?}");
        depth.available = expected.available;
        assert_eq!(depth, expected);
    }

    /// `hours`, and milliseconds that make it different from all other delays: what is due at the same time is
    /// promoted in no order that could be compared.
    fn delay(&mut self, hours: u8) -> Duration {
        u32::from(hours) * HOUR + Duration::from_millis(self.model.tick().into())
    }

    fn choose(&self, which: &Which) -> Option<usize> {
        match which {
            Which::Any(index) => pick(*index, self.model.claims.len()),
            Which::Current(index) => {
                let open = self.model.open_claims();
                pick(*index, open.len()).map(|nth| open[nth])
            }
        }
    }
}

fn pick(index: Index, among: usize) -> Option<usize> {
    (among > 0).then(|| index.index(among))
}
