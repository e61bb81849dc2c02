//! How many jobs run beside each other, and what a handler can do to others.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use serde_json::json;
use tokio::sync::Semaphore;
use windlass_queue::{ClaimRequest, Rescue, RescueVerdict, Serves, Suspects};
use windlass_shared::{Entropy, Incarnation, JobState};
use windlass_worker::JobContext;

use crate::bench::{Bench, STEADY_LEASE, drained, queue};

#[tokio::test]
async fn claims_never_exceed_the_concurrency() {
    let (permits, active, most) = (Arc::new(Semaphore::new(0)), AtomicUsize::new(0), AtomicUsize::new(0));
    let counts = Arc::new((active, most));
    let (permit, count) = (Arc::clone(&permits), Arc::clone(&counts));
    let mut bench = Bench::new(move |_, _| {
        let (permit, count) = (Arc::clone(&permit), Arc::clone(&count));
        async move {
            let now = count.0.fetch_add(1, Ordering::SeqCst) + 1;
            count.1.fetch_max(now, Ordering::SeqCst);
            permit.acquire().await?.forget();
            count.0.fetch_sub(1, Ordering::SeqCst);
            Ok(json!(null))
        }
    });
    let ids = bench.enqueue(0..20).await;
    let worker = bench.start_with_concurrency(3);
    for started in 0..20 {
        bench.next().await;
        let depth = bench.engine.depth(&queue()).await.unwrap();
        assert!(depth.running <= 3, "{} claims at once", depth.running);
        if started >= 2 {
            permits.add_permits(1);
        }
    }
    permits.add_permits(2);
    drained(worker).await;
    assert_eq!(counts.1.load(Ordering::SeqCst), 3);
    assert!(bench.tap.most_claimed.load(Ordering::SeqCst) <= 3);
    assert!(bench.jobs(&ids).await.iter().all(|job| job.state == JobState::Completed && job.attempt == 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_blocks_its_thread_is_no_false_death() {
    let (sender, receiver) = mpsc::channel::<()>();
    let receiver = Arc::new(Mutex::new(receiver));
    let mut bench = Bench::new(move |_, _| {
        let receiver = Arc::clone(&receiver);
        async move {
            // Ends when the test lets go of the sender.
            let _ended = receiver.lock().unwrap().recv();
            Ok(json!("survived"))
        }
    });
    let ids = bench.enqueue([1]).await;
    let worker = bench.worker().lease(STEADY_LEASE).start().unwrap();
    bench.next().await;
    // At 50 ms each, more than a lease.
    bench.tap.more_beats(65).await;
    drop(sender);
    let report = drained(worker).await;
    assert_eq!((report.finished, report.stuck), (1, 0));
    let job = bench.job(ids[0]).await;
    assert_eq!((job.state, job.attempt, job.deaths), (JobState::Completed, 1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_handler_that_speaks_and_then_blocks_its_thread_holds_up_no_other_job() {
    let (sender, receiver) = mpsc::channel::<()>();
    let receiver = Arc::new(Mutex::new(receiver));
    let mut bench = Bench::new(move |number, context: JobContext| {
        let receiver = Arc::clone(&receiver);
        async move {
            if number == 1 {
                context.log("computes from here on");
                let _ended = receiver.lock().unwrap().recv();
            }
            Ok(json!(null))
        }
    });
    bench.enqueue([1]).await;
    let worker = bench.start_with_concurrency(3);
    assert_eq!(bench.next().await.number, 1);
    for id in bench.enqueue(2..20).await {
        bench.until(id, |job| job.state == JobState::Completed).await;
    }
    drop(sender);
    assert_eq!(drained(worker).await.stuck, 0);
}

#[tokio::test]
async fn a_handler_that_does_not_stop_is_left_behind_and_its_slot_is_used_again() {
    let (sender, receiver) = mpsc::channel::<()>();
    let receiver = Arc::new(Mutex::new(receiver));
    let mut bench = Bench::new(move |number, _| {
        let receiver = Arc::clone(&receiver);
        async move {
            if number == 1 {
                let _ended = receiver.lock().unwrap().recv();
            }
            Ok(json!("done"))
        }
    });
    let stuck = bench.enqueue_brief(1).await;
    let next = bench.enqueue([2]).await[0];
    let one = std::num::NonZeroUsize::MIN;
    let worker = bench.worker().concurrency(one).stop_grace(Duration::from_millis(50)).start().unwrap();
    assert_eq!(bench.next().await.number, 1);
    assert_eq!(bench.next().await.number, 2);
    let report = drained(worker).await;
    drop(sender);
    assert_eq!((report.stuck, report.unsettled), (1, 0));
    let (stuck, next) = (bench.job(stuck).await, bench.job(next).await);
    assert_eq!((stuck.state, stuck.result), (JobState::Discarded, None));
    assert_eq!(next.state, JobState::Completed);
}

#[tokio::test]
async fn a_suspect_runs_when_nobody_else_does() {
    let permits = Arc::new(Semaphore::new(0));
    let permit = Arc::clone(&permits);
    let mut bench = Bench::new(move |_, _| {
        let permit = Arc::clone(&permit);
        async move {
            permit.acquire().await?.forget();
            Ok(json!(null))
        }
    });
    let suspect = bench.enqueue([1]).await;
    let died = claim_by_a_worker_that_dies(&bench).await;
    let worker = bench.start();
    // It claims at the start and when it begins to listen, after the one that died. Were it busy then already, it would
    // look for suspects in vain, and not again soon.
    bench.tap.until_claims(3).await;
    bench.enqueue([2]).await;
    assert_eq!(bench.next().await.number, 2);

    let verdict = RescueVerdict::Revive { deaths: 2, suspect: true };
    bench.engine.rescue(&queue(), &[Rescue { claim: died, verdict }]).await.unwrap();
    // It is claimed, and given back because another job runs.
    bench.until(suspect[0], |job| job.claims == 2 && job.state == JobState::Available).await;
    bench.enqueue([3]).await;
    permits.add_permits(1);
    assert_eq!(bench.next().await.number, 1);
    assert_eq!(bench.engine.depth(&queue()).await.unwrap().running, 1);
    let job = bench.job(suspect[0]).await;
    assert!(job.alone && job.attempt == 1, "{job:?}");

    permits.add_permits(2);
    assert_eq!(bench.next().await.number, 3);
    drained(worker).await;
    assert_eq!(bench.job(suspect[0]).await.state, JobState::Completed);
}

#[tokio::test]
async fn ordinary_jobs_are_served_between_two_suspects() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    bench.enqueue([1, 2]).await;
    for _ in 0..2 {
        let claim = claim_by_a_worker_that_dies(&bench).await;
        let verdict = RescueVerdict::Revive { deaths: 2, suspect: true };
        bench.engine.rescue(&queue(), &[Rescue { claim, verdict }]).await.unwrap();
    }
    bench.enqueue([3]).await;
    let worker = bench.start();
    let order = [bench.next().await.number, bench.next().await.number, bench.next().await.number];
    assert_eq!(order[1], 3, "{order:?}");
    drained(worker).await;
}

async fn claim_by_a_worker_that_dies(bench: &Bench) -> windlass_shared::Claim {
    let request = ClaimRequest {
        worker: Incarnation::draw(&Entropy::from_system()),
        queue: queue(),
        most: std::num::NonZeroUsize::MIN,
        suspects: Suspects::Leave,
        serves: Serves::Every,
    };
    bench.engine.claim(&request).await.unwrap().jobs[0].claim
}
