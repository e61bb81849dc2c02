//! What becomes of one job.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::json;
use tokio::sync::Notify;
use windlass_queue::{CancelAnswer, ErrorReason, Job, NewJob, When};
use windlass_shared::{JobId, JobState, SystemClock};
use windlass_worker::{Clock, EnqueueOptions, JobError};

use crate::bench::{Bench, Crunch, Foreign, Started, Step, drained, queue};

#[tokio::test]
async fn a_job_completes_with_the_result_of_its_handler() {
    let mut bench = Bench::new(async |number, _| Ok(json!({ "doubled": 2 * number })));
    let ids = bench.enqueue([21]).await;
    let worker = bench.start();
    assert_eq!(bench.next().await, Started { number: 21, attempt: 1 });
    let report = drained(worker).await;
    assert_eq!((report.unsettled, report.fault), (0, None));
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, job.attempt), (JobState::Completed, 1));
    assert_eq!(job.result.unwrap(), Bytes::from_static(b"{\"doubled\":42}"));
}

#[tokio::test]
async fn a_job_that_is_enqueued_later_wakes_an_idle_worker() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    let worker = bench.start();
    bench.enqueue([1]).await;
    bench.next().await;
    let asked = Instant::now();
    bench.enqueue([2]).await;
    bench.next().await;
    assert!(asked.elapsed() < Duration::from_secs(2), "woken after {:?}", asked.elapsed());
    drained(worker).await;
}

#[tokio::test]
async fn a_delayed_job_runs_when_it_is_due_and_not_before() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    let worker = bench.start();
    let asked = Instant::now();
    let delay = Duration::from_millis(200);
    let options = EnqueueOptions { when: Some(When::After(delay)), ..EnqueueOptions::default() };
    bench.client.enqueue(&Step { number: 1 }, options).await.unwrap();
    bench.next().await;
    assert!(asked.elapsed() >= delay);
    assert!(asked.elapsed() < Duration::from_secs(3), "ran after {:?}", asked.elapsed());
    drained(worker).await;
}

#[tokio::test]
async fn an_error_is_retried_and_the_last_one_discards() {
    let mut bench = Bench::new(async |_, _| Err(JobError::transient("the provider is away")));
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    assert_eq!(bench.next().await.attempt, 1);
    assert_eq!(bench.next().await.attempt, 2);
    drained(worker).await;
    let job = bench.job(ids[0]).await;
    assert_eq!(job.state, JobState::Discarded);
    assert_eq!(reasons(&job), [ErrorReason::Transient, ErrorReason::Transient]);
    assert_eq!(job.errors[0].message, "the provider is away");
}

#[tokio::test]
async fn a_permanent_error_discards_at_once() {
    let mut bench = Bench::new(async |_, _| Err(JobError::permanent("no such address")));
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    bench.next().await;
    drained(worker).await;
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, reasons(&job)), (JobState::Discarded, vec![ErrorReason::Permanent]));
}

#[tokio::test]
async fn a_panic_is_recorded_with_its_message_and_hurts_no_other_job() {
    let mut bench = Bench::new(async |number, _| {
        assert!(number != 1, "number {number} is odd");
        Ok(json!(null))
    });
    let ids = bench.enqueue([1, 2]).await;
    let crunch = bench.enqueue_one(&Crunch { number: 1 }).await.id;
    let worker = bench.start();
    assert_eq!(bench.next_numbers(4).await, [1, 1, 1, 2]);
    drained(worker).await;
    for id in [ids[0], crunch] {
        let job = bench.job(id).await;
        assert_eq!(job.state, JobState::Discarded);
        assert_eq!(job.errors[0].reason, ErrorReason::Panic);
        assert_eq!(job.errors[0].message, "number 1 is odd");
    }
    assert_eq!(bench.job(ids[1]).await.state, JobState::Completed);
}

#[tokio::test]
async fn arguments_that_do_not_decode_discard_their_job_alone() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    let spoilt = enqueue_raw(&bench, Bytes::from_static(br#"{"number":"many"}"#)).await;
    let good = bench.enqueue([1]).await;
    // With one slot the second job starts when the first one is settled.
    let worker = bench.start_with_concurrency(1);
    bench.next().await;
    drained(worker).await;
    let job = bench.job(spoilt).await;
    assert_eq!((job.state, reasons(&job)), (JobState::Discarded, vec![ErrorReason::Undecodable]));
    assert_eq!(bench.job(good[0]).await.state, JobState::Completed);
}

#[tokio::test]
async fn a_kind_without_a_handler_never_comes_and_is_in_nobodys_way() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    let foreign = bench.enqueue_one(&Foreign {}).await.id;
    bench.enqueue([1]).await;
    let worker = bench.start_with_concurrency(1);
    bench.next().await;
    drained(worker).await;
    let job = bench.job(foreign).await;
    assert_eq!((job.state, job.claims), (JobState::Available, 0));
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_cut_off() {
    let mut bench = Bench::new(async |_, _| std::future::pending().await);
    let id = bench.enqueue_brief(1).await;
    let worker = bench.start();
    bench.next().await;
    drained(worker).await;
    let job = bench.job(id).await;
    assert_eq!((job.state, reasons(&job)), (JobState::Discarded, vec![ErrorReason::Timeout]));
}

#[tokio::test]
async fn a_cancellation_reaches_a_running_handler_within_a_second() {
    let mut bench = Bench::new(async |_, context| {
        context.cancellation().cancelled().await;
        Err(JobError::Cancelled)
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    bench.next().await;
    let asked = Instant::now();
    assert_eq!(bench.engine.cancel(&ids).await.unwrap(), [CancelAnswer::Requested]);
    drained(worker).await;
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    assert_eq!(bench.job(ids[0]).await.state, JobState::Cancelled);
}

#[tokio::test]
async fn progress_and_log_are_stored_while_the_job_runs_and_before_it_ends() {
    let spoken = Arc::new(Notify::new());
    let go_on = Arc::new(Notify::new());
    let (speaks, goes_on) = (Arc::clone(&spoken), Arc::clone(&go_on));
    let mut bench = Bench::new(move |_, context| {
        let (speaks, goes_on) = (Arc::clone(&speaks), Arc::clone(&goes_on));
        async move {
            context.progress_with(10, "started");
            context.progress_with(40, "half-way");
            context.log("one");
            speaks.notify_one();
            goes_on.notified().await;
            context.log("two");
            context.progress(90);
            Ok(json!(null))
        }
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    bench.next().await;
    spoken.notified().await;
    let job = bench.until(ids[0], |job| !job.log.is_empty()).await;
    assert_eq!(job.state, JobState::Running);
    assert_eq!((job.progress.percent.get(), job.progress.message.as_deref()), (40, Some("half-way")));
    go_on.notify_one();
    drained(worker).await;
    let job = bench.job(ids[0]).await;
    let lines: Vec<_> = job.log.iter().map(|line| (line.attempt, line.line.as_str())).collect();
    assert_eq!(lines, [(1, "one"), (1, "two")]);
    assert_eq!(job.state, JobState::Completed);
}

fn reasons(job: &Job) -> Vec<ErrorReason> {
    job.errors.iter().map(|error| error.reason).collect()
}

/// Enqueues past the client, which would refuse what the schema does not allow.
async fn enqueue_raw(bench: &Bench, args: Bytes) -> JobId {
    let number = bench.engine.queue_number(&queue()).await.unwrap();
    let job = NewJob {
        priority: windlass_shared::Priority::default(),
        max_attempts: windlass_shared::MaxAttempts::new(5).unwrap(),
        timeout: Duration::from_secs(5),
        args,
        ..NewJob::plain(JobId::new(SystemClock.now(), number, 1), queue(), "test.step".parse().unwrap())
    };
    bench.engine.enqueue(std::slice::from_ref(&job)).await.remove(0).unwrap().id
}
