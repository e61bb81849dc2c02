use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use windlass_queue::{
    AttemptError, ClaimRequest, ClaimedJob, Engine, ErrorReason, NewJob, Serves, Settlement, Suspects,
    Verdict,
};
use windlass_relay::Recorder;
use windlass_shared::{
    ClaimNumber, Clock, Entropy, Incarnation, JobId, QueueName, QueueNumber, SystemClock, Timestamp,
};
use windlass_sqlite::SqliteEngine;
use windlass_store::{Database, HistoryFilter, JobEnd, Runs, Store, StoreOptions};

/// An engine and a database in a folder of their own.
pub(crate) struct House {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) store: Store,
    pub(crate) queue: QueueName,
    number: QueueNumber,
    worker: Incarnation,
    entropy: Entropy,
    folder: TempDir,
}

impl House {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = SqliteEngine::open(folder.path().join("queue.db"), Arc::new(SystemClock)).unwrap();
        let engine: Arc<dyn Engine> = Arc::new(engine);
        let database = Database::Sqlite(folder.path().join("store.db"));
        let store = Store::connect(StoreOptions::new(database, "a secret of the test's".into()));
        store.migrate().await.unwrap();
        let queue: QueueName = "test".parse().unwrap();
        let number = engine.queue_number(&queue).await.unwrap();
        let entropy = Entropy::from_system();
        let worker = Incarnation::draw(&entropy);
        Self { engine, store, queue, number, worker, entropy, folder }
    }

    /// A place in its folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn clock() -> Arc<dyn Clock> {
        Arc::new(SystemClock)
    }

    pub(crate) fn recorder(&self) -> Recorder {
        Recorder::new(Arc::clone(&self.engine), self.store.history(), Self::clock())
    }

    pub(crate) fn new_job(&self) -> NewJob {
        let id = JobId::new(SystemClock.now(), self.number, self.entropy.number());
        NewJob::plain(id, self.queue.clone(), "test.plain".parse().unwrap())
    }

    pub(crate) async fn add(&self, job: NewJob) -> JobId {
        let id = job.id;
        self.engine.enqueue(&[job]).await.pop().unwrap().unwrap();
        id
    }

    pub(crate) async fn claim(&self, most: usize) -> Vec<ClaimedJob> {
        let request = ClaimRequest {
            worker: self.worker,
            queue: self.queue.clone(),
            most: NonZeroUsize::new(most).unwrap(),
            suspects: Suspects::Take,
            serves: Serves::Every,
        };
        self.engine.claim(&request).await.unwrap().jobs
    }

    pub(crate) async fn settle(&self, job: &ClaimedJob, verdict: Verdict) {
        self.engine.settle(&[Settlement { claim: job.claim, tenant: None, verdict }]).await.unwrap();
    }

    /// A new job that ends like this at its first attempt.
    pub(crate) async fn end(&self, job: NewJob, verdict: Verdict) -> JobId {
        let id = self.add(job).await;
        let claimed = self.claim(1).await.pop().unwrap();
        assert_eq!(claimed.claim.job, id);
        self.settle(&claimed, verdict).await;
        id
    }

    /// That many jobs that are completed.
    pub(crate) async fn complete(&self, count: usize) -> Vec<JobId> {
        let jobs: Vec<_> = (0..count).map(|_| self.new_job()).collect();
        for answer in self.engine.enqueue(&jobs).await {
            answer.unwrap();
        }
        let mut ended = Vec::with_capacity(count);
        while ended.len() < count {
            let claimed = self.claim(100).await;
            let settlements: Vec<_> = claimed
                .iter()
                .map(|job| Settlement { claim: job.claim, tenant: None, verdict: complete() })
                .collect();
            self.engine.settle(&settlements).await.unwrap();
            ended.extend(claimed.iter().map(|job| job.claim.job));
        }
        ended
    }

    /// Every row of the history.
    pub(crate) async fn rows(&self) -> Vec<JobEnd> {
        let filter = HistoryFilter { runs: Runs::Every, ..HistoryFilter::default() };
        self.store.history().list(&filter, None, 100_000).await.unwrap()
    }

    /// Which claims of which jobs have rows, in order.
    pub(crate) async fn recorded(&self) -> Vec<(JobId, u32)> {
        let mut keys: Vec<_> = self.rows().await.into_iter().map(|row| (row.job, row.claim.get())).collect();
        keys.sort_unstable();
        keys
    }
}

pub(crate) fn complete() -> Verdict {
    Verdict::Complete { result: Some("{\"sent\":1}".into()), children: Vec::new() }
}

pub(crate) fn retry() -> Verdict {
    Verdict::Retry { after: Duration::ZERO, error: error(ErrorReason::Transient, "a connection broke") }
}

pub(crate) fn discard() -> Verdict {
    Verdict::Discard { error: error(ErrorReason::Permanent, "there is no such address") }
}

fn error(reason: ErrorReason, message: &str) -> AttemptError {
    let (at, claim) = (Timestamp::from_millis(0), ClaimNumber::new(0));
    AttemptError { attempt: 1, claim, at, reason, message: message.to_owned() }
}

/// Records until there is nothing left to record.
pub(crate) async fn record_all(recorder: &mut Recorder, queue: &QueueName) -> u64 {
    let mut missed = 0;
    loop {
        let report = recorder.run_once(queue).await.unwrap();
        missed += report.missed;
        if report.events == 0 && report.missed == 0 && !report.overtaken {
            return missed;
        }
    }
}
