//! What a job records, and what its later attempts make of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};
use windlass_queue::{ErrorReason, MAX_PAYLOAD_BYTES, Reach, Rescue, RescueVerdict};
use windlass_shared::JobState;
use windlass_worker::{JobContext, JobError};

use crate::bench::{Bench, drained, ended, failure, queue};
use crate::tap::Answers;

/// Work that is counted.
#[derive(Clone, Default)]
struct Work(Arc<AtomicU32>);

impl Work {
    async fn step(&self, context: &JobContext, name: &str) -> Result<u32, JobError> {
        context.step(name, async || Ok(self.0.fetch_add(1, Ordering::SeqCst))).await
    }

    fn done(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_step_runs_once_in_all_attempts() {
    let work = Work::default();
    let steps = work.clone();
    let mut bench = Bench::new(move |_, context: JobContext| {
        let steps = steps.clone();
        async move {
            let results = (steps.step(&context, "first").await?, steps.step(&context, "second").await?);
            if context.attempt == 1 {
                return Err(JobError::transient("between two steps and the end"));
            }
            Ok(json!(results))
        }
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    assert_eq!((bench.next().await.attempt, bench.next().await.attempt), (1, 2));
    drained(worker).await;
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, work.done()), (JobState::Completed, 2));
    assert_eq!(serde_json::from_slice::<Value>(&job.result.unwrap()).unwrap(), json!([0, 1]));
    // Two steps were written, and the second attempt read them once.
    assert_eq!(bench.tap.record_calls.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn two_steps_of_one_name_have_one_result_and_other_names_their_own() {
    let work = Work::default();
    let steps = work.clone();
    let mut bench = Bench::new(move |_, context: JobContext| {
        let steps = steps.clone();
        async move {
            let mut results = Vec::new();
            for name in ["one", "one", "other"] {
                results.push(steps.step(&context, name).await?);
            }
            Ok(json!(results))
        }
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    bench.next().await;
    drained(worker).await;
    let result = bench.job(ids[0]).await.result.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&result).unwrap(), json!([0, 0, 1]));
}

#[tokio::test]
async fn an_attempt_goes_on_from_the_last_checkpoint() {
    let mut bench = Bench::new(async |_, context: JobContext| {
        let start: u32 = context.last_checkpoint().await?.unwrap_or(0);
        context.checkpoint(&(start + 1)).await?;
        context.checkpoint(&(start + 2)).await?;
        let now: Option<u32> = context.last_checkpoint().await?;
        if context.attempt == 1 { Err(JobError::transient("half-way")) } else { Ok(json!([start, now])) }
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    bench.next().await;
    bench.next().await;
    drained(worker).await;
    let result = bench.job(ids[0]).await.result.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&result).unwrap(), json!([2, 4]));
}

#[tokio::test]
async fn a_step_is_recorded_through_an_outage_and_when_an_answer_is_lost() {
    for trouble in [Answers::Cut(Reach::Unknown), Answers::NextFails] {
        let work = Work::default();
        let steps = work.clone();
        let mut bench = Bench::new(move |_, context: JobContext| {
            let steps = steps.clone();
            async move { Ok(json!(steps.step(&context, "only").await?)) }
        });
        bench.tap.records.send_replace(trouble);
        let ids = bench.enqueue([1]).await;
        let worker = bench.start();
        bench.next().await;
        bench.until_tried(2).await;
        bench.tap.records.send_replace(Answers::Arrive);
        drained(worker).await;
        let job = bench.job(ids[0]).await;
        assert_eq!((job.state, job.attempt, work.done()), (JobState::Completed, 1, 1));
        assert_eq!(job.records.steps.len(), 1);
    }
}

#[tokio::test]
async fn a_step_that_cannot_be_recorded_keeps_no_worker_from_ending() {
    let mut bench = Bench::new(async |_, context: JobContext| {
        context.step("only", async || Ok(1)).await.map(|one: u32| json!(one))
    });
    bench.tap.records.send_replace(Answers::Cut(Reach::Unknown));
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    bench.next().await;
    bench.until_tried(2).await;
    worker.release_now();
    assert_eq!(ended(worker).await.released, 1);
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, job.attempt), (JobState::Available, 0));
}

#[tokio::test]
async fn a_handler_whose_claim_has_ended_records_nothing_and_is_stopped() {
    let (go_on, (sender, mut dropped)) = (Arc::new(Notify::new()), mpsc::unbounded_channel());
    let goes_on = Arc::clone(&go_on);
    let mut bench = Bench::new(move |_, context: JobContext| {
        let (goes_on, sender) = (Arc::clone(&goes_on), sender.clone());
        async move {
            if context.attempt > 1 {
                return Ok(json!(context.last_checkpoint::<u32>().await?));
            }
            goes_on.notified().await;
            let answer = context.checkpoint(&7).await;
            let _ended = sender.send(matches!(answer, Err(JobError::Interrupted)));
            // A handler that makes nothing of the error.
            std::future::pending().await
        }
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.start();
    bench.next().await;
    let claim = bench.running().await[0];
    let error = failure();
    let verdict = RescueVerdict::Retry { after: std::time::Duration::ZERO, error };
    bench.engine.rescue(&queue(), &[Rescue { claim, verdict }]).await.unwrap();
    assert_eq!(bench.next().await.attempt, 2);
    go_on.notify_one();
    assert_eq!(dropped.recv().await, Some(true));
    // It ends although the first handler would wait for ever.
    drained(worker).await;
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, job.result, job.records.checkpoint), (JobState::Completed, None, None));
}

#[tokio::test]
async fn what_cannot_be_recorded_discards_the_job_and_says_what_to_do() {
    let mut bench = Bench::new(async |number, context: JobContext| {
        let fits = "x".repeat(MAX_PAYLOAD_BYTES - 2);
        match number {
            1 => context.checkpoint(&(fits + "x")).await?,
            2 => context.step("a b", async || Ok(())).await?,
            _ => {
                for part in 0..17 {
                    let result = async || Ok(fits.clone());
                    context.step(&format!("part-{part}"), result).await?;
                }
            }
        }
        Ok(json!(null))
    });
    let ids = bench.enqueue([1, 2, 3]).await;
    let worker = bench.start();
    bench.next_numbers(3).await;
    drained(worker).await;
    for (id, hint) in ids.into_iter().zip(["record a reference", "step name", "record less"]) {
        let job = bench.job(id).await;
        let error = job.errors.last().unwrap();
        assert_eq!((job.state, error.reason), (JobState::Discarded, ErrorReason::Permanent));
        assert!(error.message.contains(hint), "{}", error.message);
    }
}
