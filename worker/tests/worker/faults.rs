//! The engine is away, or its answers are.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;
use tokio::sync::{Notify, mpsc};
use windlass_queue::Reach;
use windlass_shared::JobState;
use windlass_worker::JobContext;

use crate::bench::{Bench, SHORT_LEASE, STEADY_LEASE, drained};
use crate::tap::Answers;

#[tokio::test]
async fn a_claim_whose_answer_is_lost_strands_nothing() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    let ids = bench.enqueue([1, 2, 3]).await;
    bench.tap.claims.send_replace(Answers::NextFails);
    let worker = bench.start();
    assert_eq!(bench.next_numbers(3).await, [1, 2, 3]);
    drained(worker).await;
    for job in bench.jobs(&ids).await {
        assert_eq!((job.state, job.attempt, job.claims), (JobState::Completed, 1, 2));
    }
}

#[tokio::test]
async fn a_claim_that_nobody_knows_to_be_lost_is_found_by_the_heartbeat() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    let ids = bench.enqueue([1]).await;
    bench.tap.claims.send_replace(Answers::NextIsEmpty);
    let worker = bench.worker().lease(SHORT_LEASE).start().unwrap();
    bench.next().await;
    drained(worker).await;
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, job.attempt, job.claims), (JobState::Completed, 1, 2));
}

#[tokio::test]
async fn a_settlement_whose_answer_is_lost_is_repeated_and_counts_once() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    let ids = bench.enqueue([1, 2]).await;
    bench.tap.settlements.send_replace(Answers::NextFails);
    let worker = bench.start();
    bench.next_numbers(2).await;
    let report = drained(worker).await;
    assert_eq!(report.unsettled, 0);
    for job in bench.jobs(&ids).await {
        assert_eq!((job.state, job.claims), (JobState::Completed, 1));
    }
}

#[tokio::test]
async fn jobs_end_in_time_while_what_they_say_cannot_be_stored() {
    let mut bench = Bench::new(async |_, context: JobContext| {
        context.log("spoken in vain");
        Ok(json!(null))
    });
    bench.tap.reports.send_replace(Answers::Cut(Reach::Unknown));
    let ids = bench.enqueue(0..50).await;
    // One slot: each job starts when the one before it is settled, so a pause at each would be too long.
    let worker = bench.start_with_concurrency(1);
    bench.next_numbers(50).await;
    assert_eq!(drained(worker).await.unsettled, 0);
    assert!(bench.jobs(&ids).await.iter().all(|job| job.state == JobState::Completed && job.log.is_empty()));
}

#[tokio::test]
async fn a_worker_that_starts_without_an_engine_goes_on_by_itself() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    bench.enqueue([1]).await;
    bench.tap.heartbeats.send_replace(Answers::Cut(Reach::DownForAll));
    bench.tap.claims.send_replace(Answers::Cut(Reach::DownForAll));
    let worker = bench.start();
    bench.tap.more_beats(3).await;
    bench.tap.heartbeats.send_replace(Answers::Arrive);
    bench.tap.claims.send_replace(Answers::Arrive);
    bench.next().await;
    drained(worker).await;
}

#[tokio::test]
async fn nothing_is_claimed_before_the_first_heartbeat_is_stored() {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    let ids = bench.enqueue([1]).await;
    bench.tap.heartbeats.send_replace(Answers::Cut(Reach::Unknown));
    let worker = bench.start();
    bench.tap.more_beats(4).await;
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, job.claims), (JobState::Available, 0));
    drained(worker).await;
}

#[tokio::test]
async fn handlers_are_dropped_before_a_lease_ends_that_cannot_be_renewed() {
    let (sender, mut dropped) = mpsc::unbounded_channel();
    let go_on = Arc::new(Notify::new());
    let goes_on = Arc::clone(&go_on);
    let mut bench = Bench::new(move |_, context: JobContext| {
        let (sender, goes_on) = (sender.clone(), Arc::clone(&goes_on));
        async move {
            let tells = TellsWhenDropped { sender, context };
            goes_on.notified().await;
            drop(tells);
            Ok(json!(null))
        }
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.worker().lease(SHORT_LEASE).start().unwrap();
    bench.next().await;
    bench.tap.heartbeats.send_replace(Answers::Cut(Reach::Unknown));
    let cut = Instant::now();
    assert_eq!(dropped.recv().await, Some(true), "it was asked to stop as well");
    assert!(cut.elapsed() < SHORT_LEASE.lasts, "{:?}", cut.elapsed());

    // Released, and started again once the lease is renewed; no attempt is used up.
    bench.tap.heartbeats.send_replace(Answers::Arrive);
    assert_eq!(bench.next().await.attempt, 1);
    go_on.notify_one();
    drained(worker).await;
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, job.attempt, job.claims), (JobState::Completed, 1, 2));
}

#[tokio::test]
async fn handlers_go_on_while_the_engine_is_down_for_everybody() {
    let go_on = Arc::new(Notify::new());
    let goes_on = Arc::clone(&go_on);
    let mut bench = Bench::new(move |_, _| {
        let goes_on = Arc::clone(&goes_on);
        async move {
            goes_on.notified().await;
            Ok(json!(null))
        }
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.worker().lease(STEADY_LEASE).start().unwrap();
    bench.next().await;
    bench.tap.heartbeats.send_replace(Answers::Cut(Reach::DownForAll));
    bench.tap.settlements.send_replace(Answers::Cut(Reach::DownForAll));
    let cut = Instant::now();
    while cut.elapsed() < STEADY_LEASE.lasts + STEADY_LEASE.margin {
        bench.tap.more_beats(1).await;
    }
    go_on.notify_one();
    bench.tap.heartbeats.send_replace(Answers::Arrive);
    bench.tap.settlements.send_replace(Answers::Arrive);
    let report = drained(worker).await;
    assert_eq!((report.finished, report.released), (1, 0));
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, job.claims), (JobState::Completed, 1));
}

struct TellsWhenDropped {
    sender: mpsc::UnboundedSender<bool>,
    context: JobContext,
}

impl Drop for TellsWhenDropped {
    fn drop(&mut self) {
        // The test may have ended already.
        let _ended = self.sender.send(self.context.cancellation().is_cancelled());
    }
}
