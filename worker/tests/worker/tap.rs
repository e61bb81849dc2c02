use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::watch;
use windlass_queue::{
    Beat, BeatNumber, CancelAnswer, ClaimJobs, ClaimRequest, Claimed, Cursor, Depth, EngineError,
    EnqueueJobs, Enqueued, Fenced, HeldClaim, InspectJobs, Inspected, JobFilter, KeepLease, Listen,
    MaintainQueue, NewJob, Page, Promoted, QueueBeat, Reach, Report, Rescue, Retention, RunningPage,
    SettleJobs, Settled, Settlement, SteerJobs,
};
use windlass_shared::{Claim, Incarnation, JobId, QueueName, QueueNumber};
use windlass_worker::{Engine, async_trait};

/// A real engine whose answers can be lost on their way.
#[derive(Debug)]
pub(crate) struct Tap {
    engine: Arc<dyn Engine>,
    /// What happens to the answers of claims.
    pub(crate) claims: watch::Sender<Answers>,
    /// What happens to settlements.
    pub(crate) settlements: watch::Sender<Answers>,
    /// What happens to progress and log lines.
    pub(crate) reports: watch::Sender<Answers>,
    /// What happens to the question what a worker holds.
    pub(crate) inquiries: watch::Sender<Answers>,
    /// What happens to heartbeats.
    pub(crate) heartbeats: watch::Sender<Answers>,
    /// How many heartbeats were tried.
    pub(crate) beats: watch::Sender<usize>,
    /// The most jobs that were ever claimed at once.
    pub(crate) most_claimed: AtomicUsize,
    /// How many jobs go in one call of `prune` at most.
    pub(crate) most_pruned: AtomicUsize,
}

/// What becomes of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// They arrive.
    Arrive,
    /// The next one is lost although the call was applied, and the caller is told so.
    NextFails,
    /// The next one is lost although the call was applied, and the caller sees an empty one.
    NextIsEmpty,
    /// No call gets through.
    Cut(Reach),
}

impl Tap {
    pub(crate) fn new(engine: Arc<dyn Engine>) -> Self {
        Self {
            engine,
            claims: watch::Sender::new(Answers::Arrive),
            settlements: watch::Sender::new(Answers::Arrive),
            reports: watch::Sender::new(Answers::Arrive),
            inquiries: watch::Sender::new(Answers::Arrive),
            heartbeats: watch::Sender::new(Answers::Arrive),
            beats: watch::Sender::new(0),
            most_claimed: AtomicUsize::new(0),
            most_pruned: AtomicUsize::new(usize::MAX),
        }
    }

    /// Waits for so many more heartbeats to be tried.
    pub(crate) async fn more_beats(&self, count: usize) {
        let mut beats = self.beats.subscribe();
        let enough = *beats.borrow_and_update() + count;
        let waited = tokio::time::timeout(crate::bench::PATIENCE, beats.wait_for(|beats| *beats >= enough));
        waited.await.expect("the heart does not beat").unwrap();
    }
}

fn cut(reach: Reach) -> EngineError {
    EngineError::Unavailable { engine: "tap", reach, detail: "cut off by the test".to_owned() }
}

#[async_trait]
impl ClaimJobs for Tap {
    async fn claim(&self, request: &ClaimRequest) -> Result<Claimed, EngineError> {
        let answers = *self.claims.borrow();
        if let Answers::Cut(reach) = answers {
            return Err(cut(reach));
        }
        let claimed = self.engine.claim(request).await?;
        self.most_claimed.fetch_max(claimed.jobs.len(), Ordering::SeqCst);
        if claimed.jobs.is_empty() || answers == Answers::Arrive {
            return Ok(claimed);
        }
        self.claims.send_replace(Answers::Arrive);
        if answers == Answers::NextFails { Err(cut(Reach::Unknown)) } else { Ok(Claimed::default()) }
    }

    async fn held(&self, queue: &QueueName, worker: Incarnation) -> Result<Vec<HeldClaim>, EngineError> {
        let answers = *self.inquiries.borrow();
        if let Answers::Cut(reach) = answers {
            return Err(cut(reach));
        }
        self.engine.held(queue, worker).await
    }
}

#[async_trait]
impl SettleJobs for Tap {
    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, EngineError> {
        let answers = *self.settlements.borrow();
        if let Answers::Cut(reach) = answers {
            return Err(cut(reach));
        }
        let settled = self.engine.settle(settlements).await?;
        if answers == Answers::Arrive {
            return Ok(settled);
        }
        self.settlements.send_replace(Answers::Arrive);
        Err(cut(Reach::Unknown))
    }

    async fn report(&self, reports: &[Report]) -> Result<Vec<Fenced>, EngineError> {
        let answers = *self.reports.borrow();
        if let Answers::Cut(reach) = answers {
            return Err(cut(reach));
        }
        self.engine.report(reports).await
    }

    async fn begin_alone(&self, claim: Claim) -> Result<Fenced, EngineError> {
        self.engine.begin_alone(claim).await
    }
}

#[derive(Debug)]
struct TappedKeeper {
    keeper: Box<dyn KeepLease>,
    answers: watch::Receiver<Answers>,
    beats: watch::Sender<usize>,
}

#[async_trait]
impl KeepLease for TappedKeeper {
    async fn heartbeat(&mut self, beat: &Beat) -> Result<Vec<QueueBeat>, EngineError> {
        let answers = *self.answers.borrow();
        let answer = match answers {
            Answers::Cut(reach) => Err(cut(reach)),
            Answers::Arrive | Answers::NextFails | Answers::NextIsEmpty => self.keeper.heartbeat(beat).await,
        };
        self.beats.send_modify(|beats| *beats += 1);
        answer
    }

    async fn retire(&mut self, worker: Incarnation, queues: &[QueueName]) -> Result<(), EngineError> {
        self.keeper.retire(worker, queues).await
    }
}

#[async_trait]
impl Engine for Tap {
    fn name(&self) -> &'static str {
        self.engine.name()
    }

    async fn ping(&self) -> Result<(), EngineError> {
        self.engine.ping().await
    }

    async fn queue_number(&self, queue: &QueueName) -> Result<QueueNumber, EngineError> {
        self.engine.queue_number(queue).await
    }

    async fn queues(&self) -> Result<Vec<QueueName>, EngineError> {
        self.engine.queues().await
    }

    async fn lease_keeper(&self) -> Result<Box<dyn KeepLease>, EngineError> {
        let cut_off = *self.heartbeats.borrow();
        if let Answers::Cut(reach) = cut_off {
            self.beats.send_modify(|beats| *beats += 1);
            return Err(cut(reach));
        }
        let keeper = self.engine.lease_keeper().await?;
        let (answers, beats) = (self.heartbeats.subscribe(), self.beats.clone());
        Ok(Box::new(TappedKeeper { keeper, answers, beats }))
    }

    async fn listener(&self, worker: Incarnation, queue: &QueueName) -> Result<Box<dyn Listen>, EngineError> {
        self.engine.listener(worker, queue).await
    }
}

#[async_trait]
impl EnqueueJobs for Tap {
    async fn enqueue(&self, jobs: &[NewJob]) -> Vec<Result<Enqueued, EngineError>> {
        self.engine.enqueue(jobs).await
    }
}

#[async_trait]
impl SteerJobs for Tap {
    async fn cancel(&self, jobs: &[JobId]) -> Result<Vec<CancelAnswer>, EngineError> {
        self.engine.cancel(jobs).await
    }
}

#[async_trait]
impl InspectJobs for Tap {
    async fn get(&self, jobs: &[JobId]) -> Result<Inspected, EngineError> {
        self.engine.get(jobs).await
    }

    async fn glance(&self, queue: &QueueName, jobs: &[JobId]) -> Result<Inspected, EngineError> {
        self.engine.glance(queue, jobs).await
    }

    async fn list(
        &self,
        filter: &JobFilter,
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<Page, EngineError> {
        self.engine.list(filter, after, most).await
    }

    async fn depth(&self, queue: &QueueName) -> Result<Depth, EngineError> {
        self.engine.depth(queue).await
    }
}

#[async_trait]
impl MaintainQueue for Tap {
    async fn promote(&self, queue: &QueueName, most: usize) -> Result<Promoted, EngineError> {
        self.engine.promote(queue, most).await
    }

    async fn beats(&self, queue: &QueueName) -> Result<Vec<(Incarnation, BeatNumber)>, EngineError> {
        self.engine.beats(queue).await
    }

    async fn running(
        &self,
        queue: &QueueName,
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<RunningPage, EngineError> {
        self.engine.running(queue, after, most).await
    }

    async fn rescue(&self, queue: &QueueName, rescues: &[Rescue]) -> Result<Vec<Fenced>, EngineError> {
        self.engine.rescue(queue, rescues).await
    }

    async fn bury(
        &self,
        queue: &QueueName,
        worker: Incarnation,
        seen: BeatNumber,
    ) -> Result<(), EngineError> {
        self.engine.bury(queue, worker, seen).await
    }

    async fn prune(
        &self,
        queue: &QueueName,
        retention: &Retention,
        most: usize,
    ) -> Result<usize, EngineError> {
        let most = most.min(self.most_pruned.load(Ordering::SeqCst));
        self.engine.prune(queue, retention, most).await
    }
}
