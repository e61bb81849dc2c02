//! The roles of the contract: each call is carried to the thread that does it.

use async_trait::async_trait;
use windlass_queue::{
    BeatNumber, CancelAnswer, ClaimJobs, ClaimRequest, Claimed, Cursor, Depth, EngineError, EnqueueJobs,
    Enqueued, Fenced, HeldClaim, InspectJobs, Inspected, JobFilter, MaintainQueue, NewJob, Page, Promoted,
    Report, Rescue, Retention, RunningPage, SettleJobs, Settled, Settlement, SteerJobs,
};
use windlass_shared::{Claim, Incarnation, JobId, QueueName};

use crate::engine::SqliteEngine;
use crate::questions::{beats, claims, depth, get, list};
use crate::verbs::{begin_alone, bury, cancel, claim, enqueue, promote, prune, report, rescue, settle};

#[async_trait]
impl EnqueueJobs for SqliteEngine {
    async fn enqueue(&self, jobs: &[NewJob]) -> Vec<Result<Enqueued, EngineError>> {
        let (count, jobs) = (jobs.len(), jobs.to_vec());
        match self.write(move |turn| enqueue::enqueue(turn, &jobs)).await {
            Ok(answers) => answers.into_iter().map(Ok).collect(),
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
}

#[async_trait]
impl InspectJobs for SqliteEngine {
    async fn get(&self, jobs: &[JobId]) -> Result<Inspected, EngineError> {
        let jobs = jobs.to_vec();
        self.read(move |connection| get::get(connection, &jobs)).await
    }

    async fn glance(&self, _: &QueueName, jobs: &[JobId]) -> Result<Inspected, EngineError> {
        let jobs = jobs.to_vec();
        self.read(move |connection| get::glance(connection, &jobs)).await
    }

    async fn list(
        &self,
        filter: &JobFilter,
        after: Option<&Cursor>,
        most: usize,
    ) -> Result<Page, EngineError> {
        let (filter, after) = (filter.clone(), after.cloned());
        self.read(move |connection| list::list(connection, &filter, after.as_ref(), most)).await
    }

    async fn depth(&self, queue: &QueueName) -> Result<Depth, EngineError> {
        let queue = queue.clone();
        self.read(move |connection| depth::depth(connection, &queue)).await
    }
}
