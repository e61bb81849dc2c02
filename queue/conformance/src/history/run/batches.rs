use proptest::sample::Index;
use windlass_queue::{BatchAnswer, NewBatch, NewJob};

use super::{Run, pick};

impl Run {
    pub(super) async fn open_batch(&mut self, callback: bool, elsewhere: bool, times: usize) {
        let callback = callback.then(|| NewJob { args: self.args(), ..self.bench.new_job() });
        let keeper = if elsewhere { &self.elsewhere } else { &self.bench };
        let batch = NewBatch { callback, ..keeper.new_batch() };
        for _ in 0..times {
            self.bench.open_batch(&batch).await;
            self.model.open_batch(batch.clone());
        }
    }

    pub(super) async fn seal_batch(&mut self, batch: Index, times: usize) {
        let Some(batch) = pick(batch, self.model.batches.len()) else { return };
        let id = self.model.batches[batch].new.id;
        for _ in 0..times {
            let expected = self.model.seal_batch(batch);
            assert_eq!(self.bench.seal_batch(id).await, expected);
        }
    }

    /// A job becomes a member before it is enqueued, if the batch takes it.
    pub(super) async fn join_batch(&mut self, job: NewJob, batch: Option<Index>) -> NewJob {
        let Some(batch) = batch.and_then(|batch| pick(batch, self.model.batches.len())) else { return job };
        let id = self.model.batches[batch].new.id;
        let answer = self.bench.add_to_batch(id, &[job.id]).await;
        assert_eq!(answer, self.model.add_to_batch(batch, job.id));
        NewJob { batch: (answer == BatchAnswer::Applied).then_some(id), ..job }
    }

    /// A member that was not accepted after all is struck out.
    pub(super) async fn leave_batch(&mut self, job: &NewJob) {
        let Some(id) = job.batch else { return };
        if self.model.jobs.iter().all(|known| known.id() != job.id) {
            let batch = self.model.batches.iter().position(|batch| batch.new.id == id).unwrap();
            let answer = self.bench.remove_from_batch(id, &[job.id]).await;
            assert_eq!(answer, self.model.remove_from_batch(batch, job.id));
        }
    }
}
