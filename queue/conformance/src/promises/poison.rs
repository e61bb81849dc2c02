//! A job under which workers die runs alone, and is given up when it kills again.

use std::sync::Arc;
use std::time::Duration;

use windlass_queue::{AttemptError, ErrorReason, Fenced, RescueVerdict, Rescuer, Suspects, Verdict};
use windlass_shared::{JobState, SystemClock};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, as_given, complete, retry, snooze};
use crate::verbs::{ids, rate};

pub async fn one_death_changes_nothing_but_the_count(bench: Bench) {
    bench.add_plain(1).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    assert_eq!(bench.lose(claim).await, Fenced::Applied);
    let again = bench.claim_one(bench.worker()).await;
    assert_eq!((again.attempt, again.deaths, again.suspect), (1, 1, false));
}

pub async fn a_suspect_is_only_given_to_who_takes_suspects(bench: Bench) {
    let suspect = bench.suspect().await;
    assert_eq!(bench.state(suspect).await, JobState::Available);
    assert_eq!(bench.depth().await.available, 1, "a suspect counts as available");
    assert!(bench.claim(bench.worker(), 10).await.is_empty());
    let claimed = bench.ask(bench.worker(), 10, Suspects::Take).await.jobs;
    assert_eq!(ids(&claimed), [suspect]);
    assert_eq!((claimed[0].attempt, claimed[0].deaths, claimed[0].suspect), (1, 2, true));
}

pub async fn a_claim_brings_one_suspect_at_most_and_nothing_beside_it(bench: Bench) {
    let suspects = [bench.suspect().await, bench.suspect().await];
    let ordinary = bench.add_plain(2).await;
    let mut given = Vec::new();
    for _ in 0..4 {
        let claimed = bench.ask(bench.worker(), 10, Suspects::Take).await.jobs;
        assert!(claimed.len() == 1 || claimed.iter().all(|job| !job.suspect), "{claimed:?}");
        given.extend(ids(&claimed));
    }
    given.sort();
    let mut all = [suspects, [ordinary[0], ordinary[1]]].concat();
    all.sort();
    assert_eq!(given, all);
}

pub async fn ordinary_jobs_pass_a_suspect(bench: Bench) {
    bench.suspect().await;
    let jobs = bench.add_plain(3).await;
    assert_eq!(ids(&bench.claim(bench.worker(), 10).await), jobs);
}

pub async fn a_suspect_that_completes_is_completed(bench: Bench) {
    let suspect = bench.suspect().await;
    let claim = bench.take_suspect().await;
    assert_eq!(bench.begin_alone(claim).await, Fenced::Applied);
    assert!(bench.get(suspect).await.alone);
    assert_eq!(bench.settle(claim, complete()).await, applied(JobState::Completed));
    let job = bench.get(suspect).await;
    assert_eq!((job.state, job.alone, job.deaths), (JobState::Completed, false, 2));
}

pub async fn beginning_alone_can_be_repeated_and_restarts_the_attempts_time(bench: Bench) {
    bench.suspect().await;
    let worker = bench.worker();
    let claim = bench.ask(worker, 1, Suspects::Take).await.jobs[0].claim;
    bench.advance(30 * HOUR);
    assert!(bench.engine.held(&bench.queue, worker).await.unwrap()[0].overdue.is_some());
    for _ in 0..2 {
        assert_eq!(bench.begin_alone(claim).await, Fenced::Applied);
        assert_eq!(bench.engine.held(&bench.queue, worker).await.unwrap()[0].overdue, None);
        let job = bench.get(claim.job).await;
        assert_eq!((job.alone, job.cancel_requested), (true, false));
    }
}

pub async fn a_death_alone_discards_the_job_with_the_evidence(bench: Bench) {
    let suspect = bench.suspect().await;
    let claim = bench.take_suspect().await;
    bench.begin_alone(claim).await;
    assert_eq!(bench.lose(claim).await, Fenced::Applied);
    let job = bench.get(suspect).await;
    assert_eq!((job.state, job.deaths, job.alone), (JobState::Discarded, 3, false));
    let evidence = job.errors.last().unwrap();
    assert_eq!(
        (evidence.reason, evidence.message.as_str()),
        (ErrorReason::Poison, "3 worker processes died")
    );
    assert!(job.finished_at.is_some());
    assert!(bench.ask(bench.worker(), 1, Suspects::Take).await.jobs.is_empty());
}

pub async fn a_death_before_it_began_does_not_count_against_a_suspect(bench: Bench) {
    let suspect = bench.suspect().await;
    for _ in 0..3 {
        let claim = bench.take_suspect().await;
        assert_eq!(bench.lose(claim).await, Fenced::Applied);
    }
    let job = bench.get(suspect).await;
    assert_eq!((job.state, job.deaths, job.attempt), (JobState::Available, 2, 0));
    let claim = bench.take_suspect().await;
    assert_eq!(bench.begin_alone(claim).await, Fenced::Applied);
}

pub async fn a_suspect_stays_one_through_retry_snooze_and_release(bench: Bench) {
    let suspect = bench.suspect().await;
    for verdict in [retry(HOUR), snooze(HOUR), Verdict::Release] {
        let claim = bench.take_suspect().await;
        bench.begin_alone(claim).await;
        bench.settle(claim, verdict.clone()).await;
        let job = bench.get(suspect).await;
        assert_eq!((job.deaths, job.alone), (2, false), "{}", verdict.verb());
        bench.advance(HOUR);
        assert!(bench.claim(bench.worker(), 10).await.is_empty(), "{}", verdict.verb());
    }
    assert_eq!(bench.take_suspect().await.job, suspect);
}

pub async fn a_suspect_that_is_given_back_before_it_began_uses_up_no_rate(bench: Bench) {
    let suspect = bench.suspect().await;
    bench.set_limit("queue", Some(rate(1, HOUR, 1))).await;
    for _ in 0..3 {
        let claim = bench.take_suspect().await;
        bench.settle(claim, Verdict::Release).await;
    }
    let claim = bench.take_suspect().await;
    bench.begin_alone(claim).await;
    bench.settle(claim, Verdict::Release).await;
    assert!(bench.ask(bench.worker(), 1, Suspects::Take).await.jobs.is_empty(), "it has started");
    bench.advance(HOUR);
    assert_eq!(bench.take_suspect().await.job, suspect);
}

pub async fn a_suspect_that_is_cancelled_is_given_to_nobody(bench: Bench) {
    let suspect = bench.suspect().await;
    bench.cancel(suspect).await;
    assert!(bench.ask(bench.worker(), 1, Suspects::Take).await.jobs.is_empty());
    assert_eq!(bench.state(suspect).await, JobState::Cancelled);
}

pub async fn the_caretaker_finds_the_poison_by_itself(bench: Bench) {
    const LEASE: Duration = Duration::from_millis(100);
    let job = bench.add_plain(1).await[0];
    let mut rescuer = Rescuer::new(bench.engine.clone(), Arc::new(SystemClock), bench.queue.clone(), LEASE);
    while bench.state(job).await != JobState::Discarded {
        let claimed = bench.ask(bench.worker(), 1, Suspects::Take).await.jobs;
        for job in claimed.into_iter().filter(|job| job.suspect) {
            bench.begin_alone(job.claim).await;
        }
        rescuer.run_once().await.unwrap();
        tokio::time::sleep(LEASE / 10).await;
    }
    let job = bench.get(job).await;
    assert_eq!((job.deaths, job.claims, job.errors[0].reason), (3, 3, ErrorReason::Poison));
}

pub async fn a_rescue_stores_the_deaths_that_were_decided(bench: Bench) {
    let job = bench.add_plain(1).await[0];
    let claim = bench.claim_one(bench.worker()).await.claim;
    let error = AttemptError { reason: ErrorReason::Poison, ..crate::endings::failure("decided") };
    let verdict = RescueVerdict::Discard { deaths: 7, error: error.clone() };
    assert_eq!(bench.rescue(claim, verdict).await, Fenced::Applied);
    let job = bench.get(job).await;
    assert_eq!((job.state, job.deaths, as_given(job.errors)), (JobState::Discarded, 7, vec![error]));
}
