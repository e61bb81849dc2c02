use bytes::Bytes;
use windlass_queue::{
    Batch, BatchAnswer, CancelAnswer, DeleteAnswer, Fenced, NewBatch, Records, Redrive, RedriveAnswer,
    ReprioritizeAnswer, StepAnswer, Why,
};
use windlass_shared::{BatchId, Claim, JobId, Priority};

use crate::Bench;

/// People's orders.
impl Bench {
    pub(crate) async fn cancel(&self, job: JobId) -> CancelAnswer {
        self.engine.cancel(&[job]).await.unwrap()[0]
    }

    /// Makes a job available with the arguments that it has.
    pub(crate) async fn redrive(&self, job: JobId) -> RedriveAnswer {
        self.engine.redrive(&[Redrive { job, args: None }]).await.unwrap()[0]
    }

    /// Makes a job available with other arguments.
    pub(crate) async fn redrive_with(&self, job: JobId, args: &'static str) -> RedriveAnswer {
        let redrive = Redrive { job, args: Some(Bytes::from_static(args.as_bytes())) };
        self.engine.redrive(&[redrive]).await.unwrap()[0]
    }

    pub(crate) async fn delete(&self, job: JobId) -> DeleteAnswer {
        self.engine.delete(&[job]).await.unwrap()[0]
    }

    pub(crate) async fn reprioritize(&self, job: JobId, level: u8) -> ReprioritizeAnswer {
        let priority = Priority::new(level).unwrap();
        self.engine.reprioritize(&[job], priority).await.unwrap()[0]
    }

    /// Why a job that exists does not run.
    pub(crate) async fn why(&self, job: JobId) -> Why {
        self.engine.why(job).await.unwrap().expect("the job exists")
    }
}

/// What a job remembers across attempts.
impl Bench {
    /// `None` when the claim is stale.
    pub(crate) async fn records(&self, claim: Claim) -> Option<Records> {
        self.engine.records(claim).await.unwrap()
    }

    pub(crate) async fn record_step(&self, claim: Claim, step: &str, result: &str) -> StepAnswer {
        let result = Bytes::copy_from_slice(result.as_bytes());
        self.engine.record_step(claim, &step.parse().unwrap(), result).await.unwrap()
    }

    pub(crate) async fn checkpoint(&self, claim: Claim, cursor: &str) -> Fenced {
        self.engine.checkpoint(claim, Bytes::copy_from_slice(cursor.as_bytes())).await.unwrap()
    }
}

/// Batches.
impl Bench {
    pub(crate) async fn open_batch(&self, batch: &NewBatch) {
        self.engine.open_batch(batch).await.unwrap();
    }

    pub(crate) async fn add_to_batch(&self, batch: BatchId, members: &[JobId]) -> BatchAnswer {
        self.engine.add_to_batch(batch, members).await.unwrap()
    }

    pub(crate) async fn remove_from_batch(&self, batch: BatchId, members: &[JobId]) -> BatchAnswer {
        self.engine.remove_from_batch(batch, members).await.unwrap()
    }

    pub(crate) async fn seal_batch(&self, batch: BatchId) -> BatchAnswer {
        self.engine.seal_batch(batch).await.unwrap()
    }

    /// A batch that exists.
    pub(crate) async fn batch(&self, batch: BatchId) -> Batch {
        self.engine.batch(batch).await.unwrap().expect("the batch exists")
    }

    /// Delivers all that this queue's transitions left for other queues; answers how much.
    pub(crate) async fn relay_all(&self) -> usize {
        let mut count = 0;
        loop {
            match self.engine.relay(&self.queue, 100).await.unwrap() {
                0 => return count,
                went => count += went,
            }
        }
    }
}
