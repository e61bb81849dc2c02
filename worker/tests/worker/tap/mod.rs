mod plain;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use tokio::sync::watch;
use windlass_queue::{
    Beat, ClaimJobs, ClaimRequest, Claimed, EngineError, EnqueueJobs, Enqueued, Fenced, HeldClaim, KeepLease,
    NewJob, QueueBeat, Reach, RecordWork, Records, Report, SettleJobs, Settled, Settlement, StepAnswer,
};
use windlass_shared::{Claim, Incarnation, QueueName, StepName};
use windlass_worker::{Engine, async_trait};

/// A real engine whose answers can be lost on their way.
#[derive(Debug)]
pub(crate) struct Tap {
    engine: Arc<dyn Engine>,
    /// What happens to jobs that are enqueued.
    pub(crate) enqueues: watch::Sender<Answers>,
    /// Whether calls that enqueue get on, or stop before the engine.
    pub(crate) entrance_open: watch::Sender<bool>,
    /// How many jobs each call brought that enqueued some.
    pub(crate) enqueued: watch::Sender<Vec<usize>>,
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
    /// What happens to steps and checkpoints.
    pub(crate) records: watch::Sender<Answers>,
    /// How many calls asked for what a job has recorded, or recorded something.
    pub(crate) record_calls: AtomicUsize,
    /// How many calls relayed.
    pub(crate) relays: watch::Sender<usize>,
    /// How many claims were answered.
    pub(crate) claims_answered: watch::Sender<usize>,
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
            enqueues: watch::Sender::new(Answers::Arrive),
            entrance_open: watch::Sender::new(true),
            enqueued: watch::Sender::new(Vec::new()),
            claims: watch::Sender::new(Answers::Arrive),
            settlements: watch::Sender::new(Answers::Arrive),
            reports: watch::Sender::new(Answers::Arrive),
            inquiries: watch::Sender::new(Answers::Arrive),
            heartbeats: watch::Sender::new(Answers::Arrive),
            records: watch::Sender::new(Answers::Arrive),
            record_calls: AtomicUsize::new(0),
            relays: watch::Sender::new(0),
            claims_answered: watch::Sender::new(0),
            beats: watch::Sender::new(0),
            most_claimed: AtomicUsize::new(0),
            most_pruned: AtomicUsize::new(usize::MAX),
        }
    }

    /// Waits until so many claims were answered.
    pub(crate) async fn until_claims(&self, count: usize) {
        let mut answered = self.claims_answered.subscribe();
        let waited =
            tokio::time::timeout(crate::bench::PATIENCE, answered.wait_for(|answered| *answered >= count));
        waited.await.expect("nothing is claimed").unwrap();
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
impl EnqueueJobs for Tap {
    async fn enqueue(&self, jobs: &[NewJob]) -> Vec<Result<Enqueued, EngineError>> {
        self.enqueued.send_modify(|calls| calls.push(jobs.len()));
        self.entrance_open.subscribe().wait_for(|open| *open).await.expect("the sender is ours");
        let answers = *self.enqueues.borrow();
        if let Answers::Cut(reach) = answers {
            return jobs.iter().map(|_| Err(cut(reach))).collect();
        }
        self.engine.enqueue(jobs).await
    }
}

#[async_trait]
impl ClaimJobs for Tap {
    async fn claim(&self, request: &ClaimRequest) -> Result<Claimed, EngineError> {
        let answers = *self.claims.borrow();
        if let Answers::Cut(reach) = answers {
            return Err(cut(reach));
        }
        let claimed = self.engine.claim(request).await?;
        self.claims_answered.send_modify(|answered| *answered += 1);
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

impl Tap {
    fn record(&self) -> Result<&dyn Engine, EngineError> {
        self.record_calls.fetch_add(1, Ordering::SeqCst);
        let answers = *self.records.borrow();
        match answers {
            Answers::Cut(reach) => Err(cut(reach)),
            Answers::Arrive | Answers::NextFails | Answers::NextIsEmpty => Ok(self.engine.as_ref()),
        }
    }
}

#[async_trait]
impl RecordWork for Tap {
    async fn records(&self, claim: Claim) -> Result<Option<Records>, EngineError> {
        self.record()?.records(claim).await
    }

    async fn record_step(
        &self,
        claim: Claim,
        step: &StepName,
        result: Bytes,
    ) -> Result<StepAnswer, EngineError> {
        let answer = self.record()?.record_step(claim, step, result).await?;
        let lost = *self.records.borrow() == Answers::NextFails;
        if lost {
            self.records.send_replace(Answers::Arrive);
            return Err(cut(Reach::Unknown));
        }
        Ok(answer)
    }

    async fn checkpoint(&self, claim: Claim, cursor: Bytes) -> Result<Fenced, EngineError> {
        self.record()?.checkpoint(claim, cursor).await
    }
}
