//! The roles of the contract: each call is carried to the thread that does it.

use async_trait::async_trait;
use bytes::Bytes;
use windlass_queue::{
    Batch, BatchAnswer, BeatNumber, CancelAnswer, ClaimJobs, ClaimRequest, Claimed, Cursor, DeleteAnswer,
    Depth, EngineError, EnqueueJobs, Enqueued, EventPage, EventPosition, Fenced, HeldClaim, InspectJobs,
    Inspected, JobFilter, KeepBatches, LivingWorker, Load, MaintainQueue, NewBatch, NewJob, Page, Promoted,
    RecordWork, Records, Redrive, RedriveAnswer, Report, ReprioritizeAnswer, Rescue, Retention, RunningPage,
    SettleJobs, Settled, Settlement, SteerJobs, StepAnswer, TellEvents, Why,
};
use windlass_shared::{BatchId, Claim, Incarnation, JobId, Priority, QueueName, StepName, TenantId};

use crate::engine::SqliteEngine;
use crate::questions::{self, beats, claims, depth, get, list, load, why, workers};
use crate::verbs::{
    batches, begin_alone, bury, cancel, claim, delete, enqueue, events, promote, prune, records, redrive,
    report, reprioritize, rescue, settle,
};

#[async_trait]
impl EnqueueJobs for SqliteEngine {
    async fn enqueue(&self, jobs: &[NewJob]) -> Vec<Result<Enqueued, EngineError>> {
        let (count, jobs) = (jobs.len(), jobs.to_vec());
        match self.write(move |turn| enqueue::enqueue(turn, &jobs)).await {
            Ok(answers) => answers.into_iter().map(|answer| answer.map_err(EngineError::from)).collect(),
            Err(error) => vec![Err(error); count],
        }
    }
}

#[async_trait]
impl ClaimJobs for SqliteEngine {
    async fn claim(&self, request: &ClaimRequest) -> Result<Claimed, EngineError> {
        let request = request.clone();
        self.write(move |turn| claim::claim(turn, &request)).await
    }

    async fn held(&self, queue: &QueueName, worker: Incarnation) -> Result<Vec<HeldClaim>, EngineError> {
        let (now, queue) = (self.now(), queue.clone());
        self.read(move |connection| claims::held(connection, now, &queue, worker)).await
    }
}

#[async_trait]
impl SettleJobs for SqliteEngine {
    async fn settle(&self, settlements: &[Settlement]) -> Result<Vec<Settled>, EngineError> {
        let settlements = settlements.to_vec();
        self.write(move |turn| settle::settle(turn, &settlements)).await
    }

    async fn report(&self, reports: &[Report]) -> Result<Vec<Fenced>, EngineError> {
        let reports = reports.to_vec();
        self.write(move |turn| report::report(turn, &reports)).await
    }

    async fn begin_alone(&self, claim: Claim) -> Result<Fenced, EngineError> {
        self.write(move |turn| begin_alone::begin_alone(turn, claim)).await
    }
}

#[async_trait]
impl RecordWork for SqliteEngine {
    async fn records(&self, claim: Claim) -> Result<Option<Records>, EngineError> {
        self.read(move |connection| questions::records::records(connection, claim)).await
    }

    async fn record_step(
        &self,
        claim: Claim,
        step: &StepName,
        result: Bytes,
    ) -> Result<StepAnswer, EngineError> {
        let step = step.clone();
        self.write(move |turn| records::record_step(turn, claim, &step, &result)).await
    }

    async fn checkpoint(&self, claim: Claim, cursor: Bytes) -> Result<Fenced, EngineError> {
        self.write(move |turn| records::checkpoint(turn, claim, &cursor)).await
    }
}

#[async_trait]
impl KeepBatches for SqliteEngine {
    async fn open_batch(&self, batch: &NewBatch) -> Result<(), EngineError> {
        let batch = batch.clone();
        self.write(move |turn| batches::open(turn, &batch)).await
    }

    async fn add_to_batch(&self, batch: BatchId, members: &[JobId]) -> Result<BatchAnswer, EngineError> {
        let members = members.to_vec();
        self.write(move |turn| batches::add(turn, batch, &members)).await
    }

    async fn remove_from_batch(&self, batch: BatchId, members: &[JobId]) -> Result<BatchAnswer, EngineError> {
        let members = members.to_vec();
        self.write(move |turn| batches::remove(turn, batch, &members)).await
    }

    async fn seal_batch(&self, batch: BatchId) -> Result<BatchAnswer, EngineError> {
        self.write(move |turn| batches::seal(turn, batch)).await
    }

    async fn batch(&self, batch: BatchId) -> Result<Option<Batch>, EngineError> {
        self.read(move |connection| questions::batches::batch(connection, batch)).await
    }
}

#[async_trait]
impl MaintainQueue for SqliteEngine {
    async fn promote(&self, queue: &QueueName, most: usize) -> Result<Promoted, EngineError> {
        let queue = queue.clone();
        self.write(move |turn| promote::promote(turn, &queue, most)).await
    }

    async fn beats(&self, queue: &QueueName) -> Result<Vec<(Incarnation, BeatNumber)>, EngineError> {
        let queue = queue.clone();
        self.read(move |connection| beats::beats(connection, &queue)).await
    }

    async fn running(
        &self,
        queue: &QueueName,
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<RunningPage, EngineError> {
        let (now, queue, after) = (self.now(), queue.clone(), after.cloned());
        self.read(move |connection| claims::running(connection, now, &queue, after.as_ref(), most)).await
    }

    /// An id leads to its queue, so that the name is not needed.
    async fn rescue(&self, _queue: &QueueName, rescues: &[Rescue]) -> Result<Vec<Fenced>, EngineError> {
        let rescues = rescues.to_vec();
        self.write(move |turn| rescue::rescue(turn, &rescues)).await
    }

    async fn bury(
        &self,
        queue: &QueueName,
        worker: Incarnation,
        seen: BeatNumber,
    ) -> Result<(), EngineError> {
        let queue = queue.clone();
        self.write(move |turn| bury::bury(turn, &queue, worker, seen)).await
    }

    /// All queues share one file, so nothing is ever left for another one.
    async fn relay(&self, _queue: &QueueName, _most: usize) -> Result<usize, EngineError> {
        Ok(0)
    }

    async fn prune(
        &self,
        queue: &QueueName,
        retention: &Retention,
        most: usize,
    ) -> Result<usize, EngineError> {
        let (queue, retention) = (queue.clone(), *retention);
        self.write(move |turn| prune::prune(turn, &queue, &retention, most)).await
    }
}

#[async_trait]
impl SteerJobs for SqliteEngine {
    async fn cancel(&self, jobs: &[JobId]) -> Result<Vec<CancelAnswer>, EngineError> {
        let jobs = jobs.to_vec();
        self.write(move |turn| cancel::cancel(turn, &jobs)).await
    }

    async fn redrive(&self, redrives: &[Redrive]) -> Result<Vec<RedriveAnswer>, EngineError> {
        let redrives = redrives.to_vec();
        self.write(move |turn| redrive::redrive(turn, &redrives)).await
    }

    async fn delete(&self, jobs: &[JobId]) -> Result<Vec<DeleteAnswer>, EngineError> {
        let jobs = jobs.to_vec();
        self.write(move |turn| delete::delete(turn, &jobs)).await
    }

    async fn reprioritize(
        &self,
        jobs: &[JobId],
        priority: Priority,
    ) -> Result<Vec<ReprioritizeAnswer>, EngineError> {
        let jobs = jobs.to_vec();
        self.write(move |turn| reprioritize::reprioritize(turn, &jobs, priority)).await
    }
}

#[async_trait]
impl TellEvents for SqliteEngine {
    async fn events(
        &self,
        queue: &QueueName,
        after: Option<&EventPosition>,
        most: usize,
    ) -> Result<EventPage, EngineError> {
        let (queue, after) = (queue.clone(), after.cloned());
        self.read(move |connection| questions::events::events(connection, &queue, after.as_ref(), most)).await
    }

    async fn forget_events(&self, queue: &QueueName, up_to: &EventPosition) -> Result<(), EngineError> {
        let (queue, up_to) = (queue.clone(), up_to.clone());
        self.write(move |turn| events::forget_events(turn, &queue, &up_to)).await
    }

    async fn bound_events(&self, queue: &QueueName, most: u64) -> Result<(), EngineError> {
        let queue = queue.clone();
        self.write(move |turn| events::bound_events(turn, &queue, most)).await
    }
}

#[async_trait]
impl InspectJobs for SqliteEngine {
    async fn get(&self, jobs: &[JobId]) -> Result<Inspected, EngineError> {
        let (now, jobs) = (self.now(), jobs.to_vec());
        self.read(move |connection| get::get(connection, now, &jobs)).await
    }

    async fn glance(&self, _: &QueueName, jobs: &[JobId]) -> Result<Inspected, EngineError> {
        let (now, jobs) = (self.now(), jobs.to_vec());
        self.read(move |connection| get::glance(connection, now, &jobs)).await
    }

    async fn list(
        &self,
        filter: &JobFilter,
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<Page, EngineError> {
        let (now, filter, after) = (self.now(), filter.clone(), after.cloned());
        self.read(move |connection| list::list(connection, now, &filter, after.as_ref(), most)).await
    }

    async fn depth(&self, queue: &QueueName) -> Result<Depth, EngineError> {
        let queue = queue.clone();
        self.read(move |connection| depth::depth(connection, &queue)).await
    }

    async fn load(&self, queue: &QueueName, tenant: Option<&TenantId>) -> Result<Load, EngineError> {
        let (now, queue, tenant) = (self.now(), queue.clone(), tenant.cloned());
        self.read(move |connection| load::load(connection, now, &queue, tenant.as_ref())).await
    }

    async fn why(&self, job: JobId) -> Result<Option<Why>, EngineError> {
        let now = self.now();
        self.read(move |connection| why::why(connection, now, job)).await
    }

    async fn workers(&self, queue: &QueueName) -> Result<Vec<LivingWorker>, EngineError> {
        let queue = queue.clone();
        self.read(move |connection| workers::workers(connection, &queue)).await
    }
}
