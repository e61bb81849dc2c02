mod batches;
mod claim;
mod compare;
mod drain;
mod enqueue;
mod govern;
mod settle;
mod steer;

use std::time::Duration;

use proptest::sample::Index;
use windlass_queue::Retention;
use windlass_shared::Incarnation;

use super::model::Model;
use super::operation::{Operation, Step, WORKERS, Which};
use crate::Bench;
use crate::bench::HOUR;

/// What the model calls an hour that passes. The minute more than covers what [`Run::delay`] adds to an hour, and what the
/// engine's clock goes on by itself while a history is on its way.
const PASSING: Duration = Duration::from_mins(61);

/// Finished jobs go with the hour in which they ended, failed ones an hour later, and batches that have not ended never: no
/// history takes so long. Half an hour each way
/// keeps the bounds clear of the instants at which anything happens.
const RETENTION: Retention = Retention {
    completed_for: Duration::from_mins(30),
    completed_most: usize::MAX,
    failed_for: Duration::from_mins(90),
    failed_most: usize::MAX,
    results_for: Duration::from_mins(30),
};

/// More than a history has of anything.
const ALL: usize = 1_000;

/// A history on its way: what an engine holds and what the model says that it should.
pub(crate) struct Run {
    bench: Bench,
    /// Another queue, for batches and children.
    elsewhere: Bench,
    model: Model,
    workers: [Incarnation; WORKERS],
    asked_for: Vec<windlass_queue::NewJob>,
    ticks: u32,
}

impl Run {
    /// Drives `steps` through the queue of `bench`, compares after each, and works off what is left.
    pub(crate) async fn drive(bench: Bench, steps: &[Step]) {
        let workers = [bench.worker(), bench.worker(), bench.worker()];
        let elsewhere = bench.another_queue().await;
        let model = Model::new(bench.queue.clone());
        let mut run = Self { bench, elsewhere, model, workers, asked_for: Vec::new(), ticks: 0 };
        for step in steps {
            run.step(step).await;
            run.relay().await;
            run.compare().await;
        }
        run.compare_overview().await;
        run.work_off().await;
    }

    async fn step(&mut self, step: &Step) {
        let notices = matches!(
            step.operation,
            Operation::Claim(_) | Operation::LostClaim(_) | Operation::Promote { .. }
        );
        if !notices && self.model.has_news() {
            self.have_noticed().await;
        }
        let times = if step.again { 2 } else { 1 };
        match &step.operation {
            Operation::Enqueue(wishes) => self.enqueue(wishes, times).await,
            Operation::EnqueueAgain { job } => self.enqueue_again(*job).await,
            Operation::Claim(ask) => self.claim(ask).await,
            Operation::LostClaim(ask) => self.lose_claim(ask).await,
            Operation::Settle { claim, ending } => self.settle(claim, ending, times).await,
            Operation::BeginAlone { claim } => self.begin_alone(claim, times).await,
            Operation::RecordStep { claim, step } => self.record_step(claim, *step, times).await,
            Operation::Checkpoint { claim } => self.checkpoint(claim, times).await,
            Operation::Lose { claim } => self.lose(claim, times).await,
            Operation::Overrun { claim, hours } => self.overrun(claim, *hours, times).await,
            Operation::Promote { most } => self.promote(*most).await,
            Operation::Prune => self.prune().await,
            Operation::Advance { hours } => self.advance(*hours),
            Operation::StepBack { hours } => {
                self.bench.step_back(u32::from(*hours) * PASSING);
                self.model.step_back(u32::from(*hours) * PASSING);
            }
            Operation::Cancel { .. }
            | Operation::Redrive { .. }
            | Operation::Delete { .. }
            | Operation::Reprioritize { .. }
            | Operation::AskWhy { .. } => self.steer(&step.operation, times).await,
            Operation::OpenBatch { callback, elsewhere } => {
                self.open_batch(*callback, *elsewhere, times).await;
            }
            Operation::SealBatch { batch } => self.seal_batch(*batch, times).await,
            Operation::Resume { pause } => self.resume_one(*pause, times).await,
            rule => self.govern(rule, times).await,
        }
    }

    /// Delivers what one queue left for another. Answers whether there was anything.
    pub(super) async fn relay(&self) -> bool {
        let mut count = 0;
        for bench in [&self.bench, &self.elsewhere, &self.bench] {
            count += bench.relay_all().await;
        }
        count > 0
    }

    /// Lets the engine notice all that time alone has brought about.
    async fn have_noticed(&mut self) {
        self.bench.promote(ALL).await;
        self.model.promote(ALL);
        self.take_in_news().await;
        assert!(!self.model.has_news(), "the caretaker leaves what has expired: {:?}", self.model);
    }

    async fn promote(&mut self, most: usize) {
        let had_news = self.model.has_news();
        let count = self.bench.promote(most).await.count;
        let expected = self.model.promote(most);
        assert!(count == expected || had_news && count >= expected, "{count} and not {expected} promoted");
        self.take_in_news().await;
    }

    async fn prune(&mut self) {
        let mut gone = 0;
        for bench in [&self.bench, &self.elsewhere] {
            gone += bench.engine.prune(&bench.queue, &RETENTION, ALL).await.unwrap();
        }
        assert_eq!(gone, self.model.prune(&RETENTION));
    }

    fn advance(&mut self, hours: u8) {
        self.bench.advance(u32::from(hours) * PASSING);
        self.model.advance(u32::from(hours) * PASSING);
    }

    /// `hours`, and milliseconds that make it different from all other delays: what is due at the same time is
    /// promoted in no order that could be compared.
    fn delay(&mut self, hours: u8) -> Duration {
        u32::from(hours) * HOUR + Duration::from_millis(self.tick().into())
    }

    /// A number that grows with each call.
    const fn tick(&mut self) -> u32 {
        self.ticks += 1;
        self.ticks
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
