use std::collections::{BTreeMap, BTreeSet};

use windlass_queue::Job;
use windlass_shared::JobState;

use super::Run;
use crate::history::model::{ModelBatch, ModelJob};

impl Run {
    /// Compares what is known of each job, of each batch, and how many there are.
    pub(super) async fn compare(&mut self) {
        for (stored, known) in self.stored().await.iter().zip(&self.model.jobs) {
            compare_job(stored.as_ref(), known);
        }
        for batch in &self.model.batches {
            let stored = self.bench.engine.batch(batch.new.id).await.unwrap();
            compare_batch(stored, batch);
        }
        assert_eq!(self.bench.depth().await, self.model.depth());
    }

    /// Compares what is known of the queue as a whole.
    pub(super) async fn compare_overview(&self) {
        for worker in self.workers {
            let held: BTreeSet<_> = self.bench.held(worker).await.into_iter().collect();
            assert_eq!(held, self.model.held(worker));
        }
        let rules = self.bench.rules().await;
        assert_eq!(rules.policy, self.model.rules.policy);
        assert_eq!(rules.tenants.into_iter().collect::<BTreeMap<_, _>>(), self.model.rules.tenants);
        assert_eq!(rules.limits.into_iter().collect::<BTreeMap<_, _>>(), self.model.rules.limits);
    }

    /// What time alone has brought about is noticed by an engine when it comes across it: the model follows.
    pub(super) async fn take_in_news(&mut self) {
        if self.model.has_news() {
            let stored = self.stored().await;
            for (job, stored) in stored.iter().enumerate() {
                if let Some(stored) = stored {
                    self.model.notice(job, stored.state);
                }
            }
        }
    }

    async fn stored(&self) -> Vec<Option<Job>> {
        let ids: Vec<_> = self.model.jobs.iter().map(ModelJob::id).collect();
        self.bench.engine.get(&ids).await.unwrap()
    }
}

fn compare_job(stored: Option<&Job>, known: &ModelJob) {
    assert_eq!(stored.is_none(), known.is_gone, "{known:?} is {stored:?}");
    let Some(stored) = stored else { return };
    let mut snapshot = stored.snapshot();
    if known.is_poison {
        snapshot.attempt = known.snapshot.attempt;
    }
    let new = &known.new;
    assert_eq!((snapshot, stored.claims), (known.snapshot, known.claims), "{stored:?}");
    assert_eq!((&stored.args, stored.priority), (&new.args, new.priority), "{stored:?}");
    assert_eq!((&stored.kind, &stored.tenant), (&new.kind, &new.tenant), "{stored:?}");
    assert_eq!((&stored.limit_key, stored.batch), (&new.limit_key, new.batch), "{stored:?}");
    assert_eq!(stored.unique.map(|unique| unique.key), new.unique.map(|unique| unique.key), "{stored:?}");
    assert_eq!(stored.records, known.records(), "{stored:?}");
    assert_eq!(stored.finished_at.is_some(), known.state().is_final(), "{stored:?}");
}

fn compare_batch(stored: Option<windlass_queue::Batch>, known: &ModelBatch) {
    assert_eq!(stored.is_none(), known.is_gone, "{known:?} is {stored:?}");
    let Some(stored) = stored else { return };
    assert_eq!((stored.sealed, stored.total), (known.is_sealed, known.total()), "{stored:?}");
    assert_eq!(stored.finished_at.is_some(), known.finished_at.is_some(), "{stored:?}");
    let counts = (stored.pending, stored.completed, stored.cancelled, stored.discarded);
    let of = |state| known.count(Some(state));
    let expected =
        (known.count(None), of(JobState::Completed), of(JobState::Cancelled), of(JobState::Discarded));
    assert_eq!(counts, expected, "{stored:?}");
}
