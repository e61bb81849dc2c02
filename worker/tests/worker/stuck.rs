//! Handlers that go on when they should stop.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use serde_json::json;
use windlass_queue::{ErrorReason, Job};
use windlass_shared::{JobId, JobState};
use windlass_worker::{EnqueueOptions, JobContext, RunningWorker};

use crate::bench::{Bench, Crunch, Step, drained, ended};

/// How long handlers have to stop.
const GRACE: Duration = Duration::from_millis(100);
/// How many jobs run at once.
const CONCURRENCY: usize = 2;

/// A bench where handlers with odd numbers block their threads until this is dropped.
struct Blocked {
    bench: Bench,
    let_go: mpsc::Sender<()>,
}

impl Blocked {
    fn new() -> Self {
        let (let_go, receiver) = mpsc::channel::<()>();
        let receiver = Arc::new(Mutex::new(receiver));
        let bench = Bench::new(move |number, context: JobContext| {
            let receiver = Arc::clone(&receiver);
            async move {
                if number % 2 == 1 {
                    context.log("blocks from here on");
                    let _ended = receiver.lock().unwrap().recv();
                }
                Ok(json!("done"))
            }
        });
        Self { bench, let_go }
    }

    fn start(&self) -> RunningWorker {
        let concurrency = NonZeroUsize::new(CONCURRENCY).unwrap();
        self.bench.worker().concurrency(concurrency).stop_grace(GRACE).start().unwrap()
    }

    /// Enqueues a job that blocks, and that may take this long.
    async fn enqueue(&self, execution: &str, timeout: Duration) -> JobId {
        let options = EnqueueOptions { timeout: Some(timeout), ..EnqueueOptions::default() };
        let client = &self.bench.client;
        let enqueued = match execution {
            "async" => client.enqueue(&Step { number: 1 }, options).await,
            _ => client.enqueue(&Crunch { number: 1 }, options).await,
        };
        enqueued.unwrap().id
    }

    /// Proves that as many jobs as ever run at once.
    async fn runs_at_full_concurrency(&mut self) {
        let ids = self.bench.enqueue([2, 4, 6, 8, 10, 12]).await;
        assert_eq!(self.bench.next_numbers(6).await, [2, 4, 6, 8, 10, 12]);
        for id in ids {
            self.bench.until(id, |job| job.state == JobState::Completed).await;
        }
    }
}

fn says_that_it_is_stuck(job: &Job) -> bool {
    job.log.iter().any(|line| line.line.contains("did not stop"))
}

#[tokio::test]
async fn a_slot_is_free_again_when_a_handler_ignores_its_time() {
    for execution in ["async", "blocking"] {
        let mut blocked = Blocked::new();
        let id = blocked.enqueue(execution, Duration::from_millis(100)).await;
        let worker = blocked.start();
        blocked.bench.next().await;
        let job = blocked.bench.until(id, |job| !job.errors.is_empty()).await;
        assert_eq!(job.errors[0].reason, ErrorReason::Timeout);
        assert!(job.errors[0].message.contains("did not stop"), "{}", job.errors[0].message);
        assert!(says_that_it_is_stuck(&job), "{execution}: {:?}", job.log);
        drop(blocked.let_go);
        let report = drained(worker).await;
        assert!(report.stuck >= 1, "{execution}: {report:?}");
    }
}

#[tokio::test]
async fn a_slot_is_free_again_when_a_handler_ignores_its_cancellation() {
    for execution in ["async", "blocking"] {
        let mut blocked = Blocked::new();
        let mut ids = Vec::new();
        for _ in 0..CONCURRENCY {
            ids.push(blocked.enqueue(execution, Duration::from_mins(10)).await);
        }
        let worker = blocked.start();
        assert_eq!(blocked.bench.next_numbers(CONCURRENCY).await, [1; CONCURRENCY]);
        blocked.bench.engine.cancel(&ids).await.unwrap();
        blocked.runs_at_full_concurrency().await;
        for id in &ids {
            let job = blocked.bench.until(*id, |job| job.state == JobState::Cancelled).await;
            assert!(says_that_it_is_stuck(&job), "{execution}: {:?}", job.log);
        }
        drop(blocked.let_go);
        assert_eq!(drained(worker).await.stuck, 2, "{execution}");
        for job in blocked.bench.jobs(&ids).await {
            assert_eq!((job.state, job.result), (JobState::Cancelled, None), "what came late does not count");
        }
    }
}

#[tokio::test]
async fn a_handler_that_blocks_holds_up_none_that_was_claimed_with_it() {
    let mut blocked = Blocked::new();
    let ids = blocked.bench.enqueue([2, 1, 4, 6, 8, 10]).await;
    let worker = blocked.bench.start_with_concurrency(ids.len());
    assert_eq!(blocked.bench.next_numbers(6).await, [1, 2, 4, 6, 8, 10]);
    for id in ids.iter().enumerate().filter_map(|(index, id)| (index != 1).then_some(*id)) {
        blocked.bench.until(id, |job| job.state == JobState::Completed).await;
    }
    drop(blocked.let_go);
    assert_eq!(drained(worker).await.stuck, 0);
}

#[tokio::test]
async fn a_handler_that_waits_gets_on_beside_one_that_blocks() {
    let (let_go, blocked) = mpsc::channel::<()>();
    let blocked = Arc::new(Mutex::new(blocked));
    let mut bench = Bench::new(move |number, _| {
        let blocked = Arc::clone(&blocked);
        async move {
            if number == 5 {
                let _ended = blocked.lock().unwrap().recv();
            }
            for _ in 0..3 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            Ok(json!("done"))
        }
    });
    let ids = bench.enqueue(0..10).await;
    let worker = bench.start_with_concurrency(ids.len());
    bench.next_numbers(10).await;
    for id in ids.iter().enumerate().filter_map(|(index, id)| (index != 5).then_some(*id)) {
        bench.until(id, |job| job.state == JobState::Completed).await;
    }
    drop(let_go);
    assert_eq!(drained(worker).await.stuck, 0);
}

#[tokio::test]
async fn a_handler_that_ignores_an_interruption_is_left_behind() {
    for execution in ["async", "blocking"] {
        let mut blocked = Blocked::new();
        let id = blocked.enqueue(execution, Duration::from_mins(10)).await;
        let worker = blocked.start();
        blocked.bench.next().await;
        worker.release_now();
        let report = ended(worker).await;
        assert_eq!((report.released, report.stuck, report.unsettled), (1, 1, 0), "{execution}");
        let job = blocked.bench.job(id).await;
        assert_eq!((job.state, job.attempt), (JobState::Available, 0));
        assert!(says_that_it_is_stuck(&job), "{execution}: {:?}", job.log);
        drop(blocked.let_go);
    }
}

#[tokio::test]
async fn a_handler_that_waits_although_its_job_is_cancelled_is_dropped() {
    let mut bench = Bench::new(async |_, _| std::future::pending().await);
    let ids = bench.enqueue([1]).await;
    let worker = bench.worker().stop_grace(GRACE).start().unwrap();
    bench.next().await;
    let asked = Instant::now();
    bench.engine.cancel(&ids).await.unwrap();
    let job = bench.until(ids[0], |job| job.state == JobState::Cancelled).await;
    assert!(asked.elapsed() >= GRACE, "it had no time to stop by itself");
    assert!(!says_that_it_is_stuck(&job));
    assert_eq!(drained(worker).await.stuck, 0);
}

#[tokio::test]
async fn a_handler_may_use_the_time_that_it_has_to_stop() {
    let mut bench = Bench::new(async |_, context: JobContext| {
        context.cancellation().cancelled().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        Ok(json!("in order"))
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    bench.next().await;
    bench.engine.cancel(&ids).await.unwrap();
    drained(worker).await;
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, job.result.is_some()), (JobState::Completed, true));
}
