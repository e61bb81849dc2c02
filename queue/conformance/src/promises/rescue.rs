//! What a dead worker held goes back; what a living one holds stays.

use std::sync::Arc;
use std::time::Duration;

use windlass_queue::{ErrorReason, NewJob, RescueReport, Rescuer};
use windlass_shared::{JobState, MaxAttempts, SystemClock};

use crate::Bench;
use crate::bench::HOUR;
use crate::verbs::{claims, ids};

const LEASE: Duration = Duration::from_millis(200);

pub async fn a_dead_workers_jobs_return_to_the_front_with_their_attempts(bench: Bench) {
    let (dead, heir) = (bench.worker(), bench.worker());
    let jobs = bench.add_plain(5).await;
    bench.heartbeat(dead).await;
    bench.claim(dead, 2).await;
    let report = rounds_until(&mut rescuer(&bench), |report| report.revived > 0).await;
    assert_eq!((report.dead, report.revived), (vec![dead], 2));
    let next = ids(&bench.claim(heir, 5).await);
    let (lost, waiting) = jobs.split_at(2);
    assert!(lost.iter().all(|job| next[..2].contains(job)), "what was lost goes first");
    assert_eq!(next[2..], *waiting);
    for job in lost {
        let job = bench.get(*job).await;
        assert_eq!((job.attempt, job.deaths, job.claims), (1, 1, 2), "the lost attempt was given back");
    }
    assert!(bench.engine.beats(&bench.queue).await.unwrap().is_empty(), "the dead one's beat is forgotten");
}

pub async fn a_living_workers_jobs_are_left_alone(bench: Bench) {
    let worker = bench.worker();
    bench.add_plain(2).await;
    let held = claims(&bench.claim(worker, 2).await);
    let mut rescuer = rescuer(&bench);
    let start = std::time::Instant::now();
    while start.elapsed() < 3 * LEASE {
        bench.heartbeat(worker).await;
        assert_eq!(rescuer.run_once().await.unwrap(), RescueReport::default());
        tokio::time::sleep(LEASE / 10).await;
    }
    assert_eq!(bench.held(worker).await.len(), held.len());
}

pub async fn only_the_dead_one_of_two_workers_loses_its_jobs(bench: Bench) {
    let (dead, alive) = (bench.worker(), bench.worker());
    bench.add_plain(4).await;
    bench.heartbeat(dead).await;
    bench.claim(dead, 2).await;
    bench.claim(alive, 2).await;
    let mut rescuer = rescuer(&bench);
    loop {
        bench.heartbeat(alive).await;
        let report = rescuer.run_once().await.unwrap();
        if report.revived > 0 {
            assert_eq!((report.dead, report.revived), (vec![dead], 2));
            break;
        }
        tokio::time::sleep(LEASE / 10).await;
    }
    assert_eq!((bench.held(dead).await.len(), bench.held(alive).await.len()), (0, 2));
}

pub async fn claims_of_a_worker_that_never_beat_are_rescued_after_a_lease(bench: Bench) {
    let job = bench.add_plain(1).await[0];
    bench.claim_one(bench.worker()).await;
    let mut rescuer = rescuer(&bench);
    assert_eq!(rescuer.run_once().await.unwrap(), RescueReport::default());
    assert_eq!(rounds_until(&mut rescuer, |report| report.revived > 0).await.revived, 1);
    let job = bench.get(job).await;
    assert_eq!((job.state, job.attempt, job.deaths), (JobState::Available, 0, 1));
}

pub async fn more_claims_than_fit_a_page_are_all_rescued(bench: Bench) {
    const JOBS: usize = 1_200;
    let dead = bench.worker();
    bench.add_plain(JOBS).await;
    bench.heartbeat(dead).await;
    assert_eq!(bench.claim(dead, JOBS).await.len(), JOBS);
    let mut rescuer = rescuer(&bench);
    let mut revived = 0;
    while revived < JOBS {
        revived += rounds_until(&mut rescuer, |report| report.revived > 0).await.revived;
    }
    assert_eq!(bench.depth().await.available, 1_200);
    assert!(bench.held(dead).await.is_empty());
}

pub async fn two_rescuers_rescue_each_claim_once(bench: Bench) {
    let dead = bench.worker();
    let jobs = bench.add_plain(50).await;
    bench.heartbeat(dead).await;
    bench.claim(dead, 50).await;
    let (mut left, mut right) = (rescuer(&bench), rescuer(&bench.second().await));
    let mut revived = 0;
    while revived < 50 {
        let (left, right) = tokio::join!(left.run_once(), right.run_once());
        revived += left.unwrap().revived + right.unwrap().revived;
        tokio::time::sleep(LEASE / 10).await;
    }
    assert_eq!(revived, 50);
    for job in jobs {
        let job = bench.get(job).await;
        assert_eq!((job.state, job.attempt, job.deaths), (JobState::Available, 0, 1));
    }
}

pub async fn clock_steps_kill_nobody(bench: Bench) {
    let worker = bench.worker();
    bench.add_plain(1).await;
    bench.heartbeat(worker).await;
    bench.claim_one(worker).await;
    let mut rescuer = Rescuer::new(bench.engine.clone(), Arc::new(SystemClock), bench.queue.clone(), HOUR);
    for step in [Bench::advance, Bench::step_back, Bench::step_back, Bench::advance] {
        assert_eq!(rescuer.run_once().await.unwrap(), RescueReport::default());
        step(&bench, 9 * HOUR);
        assert_eq!(rescuer.run_once().await.unwrap(), RescueReport::default());
    }
    assert_eq!(bench.held(worker).await.len(), 1);
}

pub async fn a_rescuer_that_was_frozen_judges_nobody_by_what_it_did_not_see(bench: Bench) {
    let worker = bench.worker();
    bench.add_plain(1).await;
    bench.heartbeat(worker).await;
    bench.claim_one(worker).await;
    let mut rescuer = rescuer(&bench);
    assert_eq!(rescuer.run_once().await.unwrap(), RescueReport::default());
    tokio::time::sleep(2 * LEASE).await;
    assert_eq!(rescuer.run_once().await.unwrap(), RescueReport::default());
    assert_eq!(bench.held(worker).await.len(), 1);
}

pub async fn a_clock_that_steps_ends_no_attempt_under_a_living_worker(bench: Bench) {
    let worker = bench.worker();
    bench.add(NewJob { timeout: HOUR, ..bench.new_job() }).await;
    bench.claim_one(worker).await;
    let mut rescuer = rescuer(&bench);
    bench.advance(9 * HOUR);
    let start = std::time::Instant::now();
    while start.elapsed() < 3 * LEASE {
        bench.heartbeat(worker).await;
        assert_eq!(rescuer.run_once().await.unwrap(), RescueReport::default());
        tokio::time::sleep(LEASE / 10).await;
    }
    assert_eq!(bench.held(worker).await.len(), 1);
}

pub async fn an_overdue_attempt_under_a_living_worker_is_retried(bench: Bench) {
    let (job, report) = overrun(&bench, MaxAttempts::after_retries(1)).await;
    assert_eq!((report.overdue, report.revived, report.dead.len()), (1, 0, 0));
    assert_eq!((job.state, job.attempt, job.deaths), (JobState::Retryable, 1, 0));
    assert_eq!(job.errors[0].reason, ErrorReason::Timeout);
    bench.advance(HOUR);
    assert_eq!(bench.claim_one(bench.worker()).await.attempt, 2);
}

pub async fn an_overdue_last_attempt_is_discarded(bench: Bench) {
    let (job, report) = overrun(&bench, MaxAttempts::after_retries(0)).await;
    assert_eq!(report.overdue, 1);
    assert_eq!((job.state, job.attempt, job.deaths), (JobState::Discarded, 1, 0));
    assert_eq!(job.errors[0].reason, ErrorReason::Timeout);
    assert!(job.finished_at.is_some());
}

/// Lets the only attempt of a new job run past its time under a worker that lives, and a rescuer look until it acts.
async fn overrun(bench: &Bench, max_attempts: MaxAttempts) -> (windlass_queue::Job, RescueReport) {
    let worker = bench.worker();
    let job = bench.add(NewJob { timeout: LEASE, max_attempts, ..bench.new_job() }).await;
    bench.claim_one(worker).await;
    let mut rescuer = rescuer(bench);
    loop {
        bench.heartbeat(worker).await;
        let report = rescuer.run_once().await.unwrap();
        if report != RescueReport::default() {
            return (bench.get(job).await, report);
        }
        tokio::time::sleep(LEASE / 10).await;
    }
}

fn rescuer(bench: &Bench) -> Rescuer {
    Rescuer::new(bench.engine.clone(), Arc::new(SystemClock), bench.queue.clone(), LEASE)
}

/// Lets a rescuer look again and again until it reports what is waited for.
async fn rounds_until(rescuer: &mut Rescuer, done: impl Fn(&RescueReport) -> bool) -> RescueReport {
    loop {
        let report = rescuer.run_once().await.unwrap();
        if done(&report) {
            return report;
        }
        tokio::time::sleep(LEASE / 10).await;
    }
}
