//! What passes the tap as it is.

use std::sync::atomic::Ordering;
use std::time::Duration;

use windlass_queue::{
    Batch, BatchAnswer, BeatNumber, CancelAnswer, Cursor, DeleteAnswer, Depth, EngineError, EventPage,
    EventPosition, Fenced, GovernQueue, InspectJobs, Inspected, JobFilter, KeepBatches, KeepLease, Limit,
    LimitScope, Listen, LivingWorker, Load, MaintainQueue, NewBatch, Page, Pause, PolicyChange, Promoted,
    QueuePolicy, Redrive, RedriveAnswer, ReprioritizeAnswer, Rescue, Retention, Rules, RunningPage, Scope,
    SteerJobs, TellEvents, TenantPolicy, Why,
};
use windlass_shared::{BatchId, Incarnation, JobId, Priority, QueueName, QueueNumber, TenantId};
use windlass_worker::{Engine, async_trait};

use super::{Answers, Tap, TappedKeeper, cut};

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
impl SteerJobs for Tap {
    async fn cancel(&self, jobs: &[JobId]) -> Result<Vec<CancelAnswer>, EngineError> {
        self.engine.cancel(jobs).await
    }

    async fn redrive(&self, redrives: &[Redrive]) -> Result<Vec<RedriveAnswer>, EngineError> {
        self.engine.redrive(redrives).await
    }

    async fn delete(&self, jobs: &[JobId]) -> Result<Vec<DeleteAnswer>, EngineError> {
        self.engine.delete(jobs).await
    }

    async fn reprioritize(
        &self,
        jobs: &[JobId],
        priority: Priority,
    ) -> Result<Vec<ReprioritizeAnswer>, EngineError> {
        self.engine.reprioritize(jobs, priority).await
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

    async fn load(&self, queue: &QueueName, tenant: Option<&TenantId>) -> Result<Load, EngineError> {
        self.engine.load(queue, tenant).await
    }

    async fn why(&self, job: JobId) -> Result<Option<Why>, EngineError> {
        self.engine.why(job).await
    }

    async fn workers(&self, queue: &QueueName) -> Result<Vec<LivingWorker>, EngineError> {
        self.engine.workers(queue).await
    }
}

#[async_trait]
impl TellEvents for Tap {
    async fn events(
        &self,
        queue: &QueueName,
        after: Option<&EventPosition>,
        most: usize,
    ) -> Result<EventPage, EngineError> {
        self.engine.events(queue, after, most).await
    }

    async fn forget_events(&self, queue: &QueueName, up_to: &EventPosition) -> Result<(), EngineError> {
        self.engine.forget_events(queue, up_to).await
    }

    async fn bound_events(&self, queue: &QueueName, most: u64) -> Result<(), EngineError> {
        self.engine.bound_events(queue, most).await
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

    async fn relay(&self, queue: &QueueName, most: usize) -> Result<usize, EngineError> {
        self.relays.send_modify(|relays| *relays += 1);
        self.engine.relay(queue, most).await
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

#[async_trait]
impl KeepBatches for Tap {
    async fn open_batch(&self, batch: &NewBatch) -> Result<(), EngineError> {
        self.engine.open_batch(batch).await
    }

    async fn add_to_batch(&self, batch: BatchId, members: &[JobId]) -> Result<BatchAnswer, EngineError> {
        self.engine.add_to_batch(batch, members).await
    }

    async fn remove_from_batch(&self, batch: BatchId, members: &[JobId]) -> Result<BatchAnswer, EngineError> {
        self.engine.remove_from_batch(batch, members).await
    }

    async fn seal_batch(&self, batch: BatchId) -> Result<BatchAnswer, EngineError> {
        self.engine.seal_batch(batch).await
    }

    async fn batch(&self, batch: BatchId) -> Result<Option<Batch>, EngineError> {
        self.engine.batch(batch).await
    }
}

#[async_trait]
impl GovernQueue for Tap {
    async fn pause(&self, queue: &QueueName, pause: &Pause) -> Result<(), EngineError> {
        self.engine.pause(queue, pause).await
    }

    async fn hold(
        &self,
        queue: &QueueName,
        scope: &Scope,
        lasts: Duration,
        note: &str,
    ) -> Result<(), EngineError> {
        self.engine.hold(queue, scope, lasts, note).await
    }

    async fn resume(&self, queue: &QueueName, scope: &Scope) -> Result<bool, EngineError> {
        self.engine.resume(queue, scope).await
    }

    async fn set_limit(
        &self,
        queue: &QueueName,
        scope: &LimitScope,
        limit: Option<Limit>,
    ) -> Result<(), EngineError> {
        self.engine.set_limit(queue, scope, limit).await
    }

    async fn set_tenant(
        &self,
        queue: &QueueName,
        tenant: &TenantId,
        policy: Option<TenantPolicy>,
    ) -> Result<(), EngineError> {
        self.engine.set_tenant(queue, tenant, policy).await
    }

    async fn set_policy(&self, queue: &QueueName, change: &PolicyChange) -> Result<QueuePolicy, EngineError> {
        self.engine.set_policy(queue, change).await
    }

    async fn rules(&self, queue: &QueueName) -> Result<Rules, EngineError> {
        self.engine.rules(queue).await
    }
}
