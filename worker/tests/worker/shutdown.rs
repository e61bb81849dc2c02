//! How a worker ends.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use serde_json::json;
use tokio::sync::Notify;
use windlass_queue::Reach;
use windlass_shared::JobState;
use windlass_worker::{JobId, RunningWorker, StartError};

use crate::bench::{Bench, SHORT_LEASE, drained, ended, queue};
use crate::tap::Answers;

#[tokio::test]
async fn a_drain_waits_for_what_runs_and_starts_nothing_more() {
    let go_on = Arc::new(Notify::new());
    let goes_on = Arc::clone(&go_on);
    let mut bench = Bench::new(move |_, _| {
        let goes_on = Arc::clone(&goes_on);
        async move {
            goes_on.notified().await;
            Ok(json!(null))
        }
    });
    let worker = bench.start();
    let running = bench.enqueue([1]).await;
    bench.next().await;
    worker.drain();
    let late = bench.enqueue([2]).await;
    let mut joined = Box::pin(ended(worker));
    assert!(joined.as_mut().now_or_never().is_none());
    go_on.notify_one();
    let report = joined.await;
    assert_eq!((report.finished, report.released, report.unsettled), (1, 0, 0));
    assert_eq!(bench.job(running[0]).await.state, JobState::Completed);
    assert_eq!(bench.job(late[0]).await.state, JobState::Available);
    assert!(bench.engine.beats(&queue()).await.unwrap().is_empty(), "the lease is ended");
}

#[tokio::test]
async fn the_second_step_gives_back_at_once_without_using_up_an_attempt() {
    let mut bench = Bench::new(async |_, _| std::future::pending().await);
    let ids = bench.enqueue([1, 2, 3]).await;
    let worker = bench.start();
    bench.next_numbers(3).await;
    worker.drain();
    worker.release_now();
    let report = ended(worker).await;
    assert_eq!((report.finished, report.released, report.unsettled), (0, 3, 0));
    for job in bench.jobs(&ids).await {
        assert_eq!((job.state, job.attempt, job.errors.len()), (JobState::Available, 0, 0));
    }
}

#[tokio::test]
async fn a_handler_that_stops_because_of_the_shutdown_does_not_cancel_its_job() {
    let mut bench = Bench::new(async |_, context| {
        context.cancellation().cancelled().await;
        context.check_cancelled()?;
        Ok(json!(null))
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    bench.next().await;
    worker.release_now();
    assert_eq!(ended(worker).await.released, 1);
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, job.attempt), (JobState::Available, 0));
}

#[tokio::test]
async fn a_drain_that_lasts_too_long_gives_back_the_rest() {
    let mut bench = Bench::new(async |_, _| std::future::pending().await);
    let ids = bench.enqueue([1]).await;
    let worker = bench.worker().drain_for(Duration::from_millis(50)).start().unwrap();
    bench.next().await;
    let report = drained(worker).await;
    assert_eq!((report.finished, report.released), (0, 1));
    assert_eq!(bench.job(ids[0]).await.state, JobState::Available);
}

#[tokio::test]
async fn a_quiet_worker_stays_and_claims_nothing_more() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    let worker = bench.worker().lease(SHORT_LEASE).start().unwrap();
    bench.enqueue([1]).await;
    bench.next().await;
    worker.quiet();
    let late = bench.enqueue([2]).await;
    bench.tap.more_beats(5).await;
    assert_eq!(bench.job(late[0]).await.state, JobState::Available);
    drained(worker).await;
}

#[tokio::test]
async fn what_cannot_be_settled_is_counted_and_left_to_the_rescuers() {
    let mut bench = Bench::new(async |_, _| std::future::pending().await);
    bench.enqueue([1]).await;
    let worker = bench.start();
    bench.next().await;
    bench.tap.settlements.send_replace(Answers::Cut(Reach::Unknown));
    worker.release_now();
    assert_eq!(ended(worker).await.unsettled, 1);
    assert_eq!(bench.engine.beats(&queue()).await.unwrap().len(), 1, "the lease runs out by itself");
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_is_given_back_before_the_end() {
    let (bench, worker, id) = claimed_without_knowing().await;
    worker.drain();
    bench.tap.inquiries.send_replace(Answers::Arrive);
    let report = ended(worker).await;
    assert_eq!((report.released, report.unsettled), (1, 0));
    let job = bench.job(id).await;
    assert_eq!((job.state, job.attempt), (JobState::Available, 0));
    assert!(bench.engine.beats(&queue()).await.unwrap().is_empty(), "the lease is ended");
}

#[tokio::test]
async fn a_worker_that_cannot_learn_what_it_holds_ends_and_leaves_it_to_the_rescuers() {
    let (bench, worker, id) = claimed_without_knowing().await;
    drained(worker).await;
    assert_eq!(bench.job(id).await.state, JobState::Running);
    assert_eq!(bench.engine.beats(&queue()).await.unwrap().len(), 1, "the lease runs out by itself");
}

/// A worker that has claimed a job, did not get the answer, and cannot ask.
async fn claimed_without_knowing() -> (Bench, RunningWorker, JobId) {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    bench.tap.inquiries.send_replace(Answers::Cut(Reach::Unknown));
    bench.tap.claims.send_replace(Answers::NextFails);
    let id = bench.enqueue([1]).await[0];
    let worker = bench.start();
    bench.until(id, |job| job.state == JobState::Running).await;
    (bench, worker, id)
}

#[tokio::test]
async fn a_worker_without_work_ends_at_once() {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    let report = drained(bench.start()).await;
    assert_eq!((report.finished, report.released, report.unsettled, report.stuck), (0, 0, 0, 0));
}

#[tokio::test]
async fn a_worker_that_would_serve_nothing_does_not_start() {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    assert!(matches!(bench.worker().queues([]).start(), Err(StartError::NoQueues)));
}

#[tokio::test]
async fn a_worker_that_would_run_more_jobs_than_it_can_count_does_not_start() {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    let error = bench.worker().concurrency(NonZeroUsize::MAX).start().unwrap_err();
    assert!(error.to_string().contains("at most 1048576"), "{error}");
}
