//! A parked job is a job like any other: it can be seen, cancelled, deleted, redriven and reprioritized, and it is never
//! lost.

use windlass_queue::{
    CancelAnswer, DeleteAnswer, JobFilter, NewJob, Parked, RedriveAnswer, ReprioritizeAnswer, Suspects, When,
};
use windlass_shared::{JobId, JobState};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, retry, snooze};
use crate::verbs::{concurrency, ids};

const KEY: &str = "key:stripe:acct_1";

pub async fn a_full_key_holds_up_no_other(bench: Bench) {
    bench.set_limit(KEY, Some(concurrency(1))).await;
    let keyed = bench.add_several(4, || keyed(&bench)).await;
    let others = bench.add_plain(3).await;
    let expected = [&keyed[..1], &others[..]].concat();
    assert_eq!(ids(&bench.claim(bench.worker(), 10).await), expected);
}

pub async fn a_slot_is_not_kept_for_who_may_not_take_it(bench: Bench) {
    bench.set_limit(KEY, Some(concurrency(1))).await;
    let worker = bench.worker();
    let first = bench.add(keyed(&bench)).await;
    bench.add_several(4, || NewJob { tenant: "held".parse().unwrap(), ..keyed(&bench) }).await;
    let other = bench.add(NewJob { tenant: "free".parse().unwrap(), ..keyed(&bench) }).await;
    let claim = bench.claim_one(worker).await.claim;
    assert_eq!(claim.job, first);
    assert!(bench.claim(worker, 10).await.is_empty(), "the others wait for its slot");
    bench.pause("tenant:held").await;
    bench.settle(claim, complete()).await;
    assert_eq!(ids(&bench.claim(worker, 10).await), [other]);
}

pub async fn parked_jobs_are_available_to_those_who_look(bench: Bench) {
    let parked = park(&bench, 3).await;
    let filter = JobFilter {
        queue: Some(bench.queue.clone()),
        state: Some(JobState::Available),
        ..JobFilter::default()
    };
    let mut listed: Vec<_> =
        bench.engine.list(&filter, None, 10).await.unwrap().jobs.iter().map(|job| job.id).collect();
    listed.sort();
    let mut expected = parked.clone();
    expected.sort();
    assert_eq!((listed, bench.depth().await.available), (expected, 3));
    assert_eq!(bench.state(parked[0]).await, JobState::Available);
}

pub async fn the_rules_tell_where_jobs_are_parked(bench: Bench) {
    park(&bench, 3).await;
    let expected = Parked { scope: KEY.parse().unwrap(), unserved: false, jobs: 3 };
    assert_eq!(bench.rules().await.parked, [expected]);
    bench.resume(KEY).await;
    bench.claim(bench.worker(), 5).await;
    assert!(bench.rules().await.parked.is_empty());
}

pub async fn a_parked_job_that_is_cancelled_comes_no_more(bench: Bench) {
    let parked = park(&bench, 3).await;
    assert_eq!(bench.cancel(parked[0]).await, CancelAnswer::Cancelled);
    assert_eq!((bench.depth().await.available, bench.depth().await.cancelled), (2, 1));
    bench.resume(KEY).await;
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), parked[1..]);
}

pub async fn a_parked_job_that_is_deleted_comes_no_more(bench: Bench) {
    let parked = park(&bench, 3).await;
    assert_eq!(bench.delete(parked[1]).await, DeleteAnswer::Deleted(JobState::Available));
    assert_eq!(bench.depth().await.unfinished(), 2);
    bench.resume(KEY).await;
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), [parked[0], parked[2]]);
}

pub async fn what_is_cancelled_while_parked_takes_nobodys_slot(bench: Bench) {
    bench.set_limit(KEY, Some(concurrency(1))).await;
    let jobs = bench.add_several(5, || keyed(&bench)).await;
    let worker = bench.worker();
    let running = bench.claim_one(worker).await.claim;
    bench.engine.cancel(&jobs[1..3]).await.unwrap();
    bench.delete(jobs[3]).await;
    bench.settle(running, complete()).await;
    assert_eq!(ids(&bench.claim(worker, 5).await), jobs[4..]);
}

pub async fn a_parked_job_that_is_redriven_stays_where_it_is(bench: Bench) {
    let parked = park(&bench, 3).await;
    assert_eq!(bench.redrive(parked[2]).await, RedriveAnswer::AlreadyAvailable);
    assert_eq!(bench.redrive_with(parked[0], r#"{"changed":1}"#).await, RedriveAnswer::AlreadyAvailable);
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
    bench.resume(KEY).await;
    let given = bench.claim(bench.worker(), 5).await;
    assert_eq!(ids(&given), parked);
    assert_eq!(given[0].args, r#"{"changed":1}"#);
}

pub async fn a_parked_job_that_is_reprioritized_comes_with_its_new_priority(bench: Bench) {
    let parked = park(&bench, 3).await;
    let changed = ReprioritizeAnswer::Changed(JobState::Available);
    assert_eq!(bench.reprioritize(parked[2], 0).await, changed);
    assert_eq!(bench.reprioritize(parked[0], 9).await, changed);
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
    bench.resume(KEY).await;
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), [parked[2], parked[1], parked[0]]);
}

pub async fn what_becomes_due_under_a_block_is_parked_and_comes_once(bench: Bench) {
    let worker = bench.worker();
    for verdict in [retry(HOUR), snooze(HOUR)] {
        let job = bench.add(keyed(&bench)).await;
        let claim = bench.claim_one(worker).await.claim;
        bench.settle(claim, verdict).await;
        bench.pause(KEY).await;
        bench.advance(HOUR);
        assert!(bench.claim(worker, 5).await.is_empty());
        bench.resume(KEY).await;
        let again = bench.claim_one(worker).await.claim;
        assert_eq!(again.job, job);
        bench.settle(again, complete()).await;
    }
    bench.pause(KEY).await;
    let job = bench.add(NewJob { when: When::After(HOUR), ..keyed(&bench) }).await;
    bench.advance(HOUR);
    assert_eq!(bench.promote(5).await.count, 1);
    assert!(bench.claim(worker, 5).await.is_empty());
    bench.resume(KEY).await;
    assert_eq!(bench.claim_one(worker).await.claim.job, job);
}

pub async fn what_is_parked_in_great_number_all_comes_back(bench: Bench) {
    bench.pause(KEY).await;
    for _ in 0..6 {
        bench.add_several(200, || keyed(&bench)).await;
    }
    let other = bench.add_plain(1).await;
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), other, "none of 1200 is in its way");
    bench.resume(KEY).await;
    let mut given = Vec::new();
    while given.len() < 1_200 {
        let came = ids(&bench.claim(bench.worker(), 100).await);
        assert!(!came.is_empty(), "{} of 1200 came", given.len());
        given.extend(came);
    }
    given.sort();
    given.dedup();
    assert_eq!((given.len(), bench.depth().await.available), (1_200, 0));
}

pub async fn a_parked_job_is_parked_again_where_another_rule_holds_it_up(bench: Bench) {
    let parked = park(&bench, 3).await;
    bench.set_limit("kind:conformance.plain", Some(concurrency(1))).await;
    bench.resume(KEY).await;
    let worker = bench.worker();
    for job in parked {
        let claim = bench.claim_one(worker).await.claim;
        assert_eq!(claim.job, job, "in order, one at a time");
        bench.settle(claim, complete()).await;
    }
}

pub async fn a_suspect_under_a_block_waits_for_its_end(bench: Bench) {
    for scope in [KEY, "kind:conformance.plain", "tenant:default", "queue"] {
        let bench = bench.another_queue().await;
        let suspect = bench.suspected(keyed(&bench)).await;
        bench.pause(scope).await;
        for _ in 0..2 {
            assert!(bench.ask(bench.worker(), 1, Suspects::Take).await.jobs.is_empty(), "{scope}");
        }
        bench.resume(scope).await;
        assert!(bench.claim(bench.worker(), 5).await.is_empty(), "{scope}: it stays a suspect");
        assert_eq!(bench.take_suspect().await.job, suspect, "{scope}");
    }
}

pub async fn a_suspect_under_a_block_holds_up_no_other(bench: Bench) {
    let blocked = bench.suspected(keyed(&bench)).await;
    let free = bench.suspect().await;
    bench.pause(KEY).await;
    assert_eq!(bench.take_suspect().await.job, free);
    let plain = bench.add_plain(1).await;
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), plain);
    assert_eq!(bench.cancel(blocked).await, CancelAnswer::Cancelled);
    bench.resume(KEY).await;
    assert!(bench.ask(bench.worker(), 1, Suspects::Take).await.jobs.is_empty());
}

pub async fn a_suspect_takes_a_slot_as_others_do(bench: Bench) {
    let suspect = bench.suspected(keyed(&bench)).await;
    bench.set_limit(KEY, Some(concurrency(1))).await;
    let ordinary = bench.add(keyed(&bench)).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    assert_eq!(claim.job, ordinary);
    assert!(bench.ask(bench.worker(), 1, Suspects::Take).await.jobs.is_empty());
    bench.settle(claim, complete()).await;
    let taken = bench.take_suspect().await;
    assert_eq!(taken.job, suspect);
    let next = bench.add(keyed(&bench)).await;
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
    bench.settle(taken, complete()).await;
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, next);
}

pub async fn a_resumed_and_paused_again_scope_strands_nothing(bench: Bench) {
    let parked = park(&bench, 4).await;
    let worker = bench.worker();
    let mut given = Vec::new();
    for _ in 0..4 {
        bench.resume(KEY).await;
        given.extend(ids(&bench.claim(worker, 1).await));
        bench.pause(KEY).await;
        assert!(bench.claim(worker, 5).await.is_empty());
    }
    assert_eq!(given, parked, "in order, although three of them were parked again and again");
}

fn keyed(bench: &Bench) -> NewJob {
    bench.of_key("stripe:acct_1")
}

/// Jobs that are parked because their key is paused.
async fn park(bench: &Bench, count: usize) -> Vec<JobId> {
    bench.pause(KEY).await;
    let jobs = bench.add_several(count, || keyed(bench)).await;
    assert!(bench.claim(bench.worker(), 50).await.is_empty());
    jobs
}
