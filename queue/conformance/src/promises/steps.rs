//! What a job has done is remembered across its attempts, and only who runs it writes it down.

use windlass_queue::{Fenced, MAX_STEP_BYTES, MAX_STEPS, Records, RescueVerdict, StepAnswer, Verdict};
use windlass_shared::{Claim, ClaimNumber, JobState, LeaseToken};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, retry, snooze};

pub async fn a_step_is_recorded_once(bench: Bench) {
    let claim = running(&bench).await;
    assert_eq!(bench.record_step(claim, "charge", r#"{"id":1}"#).await, StepAnswer::Recorded);
    let first = StepAnswer::AlreadyRecorded(r#"{"id":1}"#.into());
    assert_eq!(bench.record_step(claim, "charge", r#"{"id":2}"#).await, first);
    assert_eq!(bench.second().await.record_step(claim, "charge", "3").await, first);
    assert_eq!(steps(&bench, claim).await, [("charge".to_owned(), r#"{"id":1}"#.to_owned())]);
}

pub async fn steps_come_back_in_the_order_of_their_names(bench: Bench) {
    let claim = running(&bench).await;
    for step in ["ship", "charge", "pack.2", "pack.10", "notify"] {
        bench.record_step(claim, step, "null").await;
    }
    let names: Vec<_> = steps(&bench, claim).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["charge", "notify", "pack.10", "pack.2", "ship"]);
}

pub async fn a_checkpoint_takes_the_place_of_the_one_before(bench: Bench) {
    let claim = running(&bench).await;
    assert_eq!(bench.records(claim).await, Some(Records::default()));
    for cursor in ["1", "200", r#""the end""#] {
        assert_eq!(bench.checkpoint(claim, cursor).await, Fenced::Applied);
        assert_eq!(bench.records(claim).await.unwrap().checkpoint, Some(cursor.into()));
    }
    assert_eq!(bench.get(claim.job).await.records, bench.records(claim).await.unwrap());
}

pub async fn records_are_kept_to_the_byte(bench: Bench) {
    let claim = running(&bench).await;
    let large = format!("\"{}ß\\u0000\"", "x".repeat(60_000));
    bench.record_step(claim, "large", &large).await;
    bench.record_step(claim, "empty", "").await;
    bench.checkpoint(claim, &large).await;
    let records = bench.records(claim).await.unwrap();
    assert_eq!(records.checkpoint, Some(large.clone().into()));
    assert_eq!(steps(&bench, claim).await[1], ("large".to_owned(), large));
}

pub async fn every_later_attempt_knows_what_was_recorded(bench: Bench) {
    bench.add_plain(1).await;
    let first = bench.claim_one(bench.worker()).await;
    assert!(!first.has_records);
    bench.record_step(first.claim, "charge", "1").await;
    bench.checkpoint(first.claim, "2").await;
    let mut claim = first.claim;
    for ending in [retry(HOUR), snooze(HOUR), Verdict::Release] {
        bench.settle(claim, ending.clone()).await;
        bench.advance(HOUR);
        claim = knows(&bench, ending.verb()).await;
    }
    bench.rescue(claim, RescueVerdict::Revive { deaths: 1, suspect: false }).await;
    claim = knows(&bench, "a lost lease").await;
    for ending in [discard(), complete(), Verdict::Cancel] {
        bench.settle(claim, ending.clone()).await;
        bench.redrive(claim.job).await;
        claim = knows(&bench, ending.verb()).await;
    }
}

pub async fn a_checkpoint_alone_is_a_record_too(bench: Bench) {
    let claim = running(&bench).await;
    bench.checkpoint(claim, "7").await;
    bench.settle(claim, Verdict::Release).await;
    assert!(bench.claim_one(bench.worker()).await.has_records);
}

pub async fn who_does_not_run_the_job_neither_reads_nor_writes(bench: Bench) {
    let claim = running(&bench).await;
    bench.record_step(claim, "charge", "1").await;
    let next = LeaseToken { number: ClaimNumber::new(claim.token.number.get() + 1), ..claim.token };
    let other = LeaseToken { worker: bench.worker(), ..claim.token };
    for token in [next, other] {
        assert_stale(&bench, Claim { job: claim.job, token }).await;
    }
    assert_stale(&bench, Claim { job: bench.unused_id(), token: claim.token }).await;
    bench.settle(claim, Verdict::Release).await;
    assert_stale(&bench, claim).await;
    let again = bench.claim_one(bench.worker()).await.claim;
    assert_stale(&bench, claim).await;
    bench.rescue(again, RescueVerdict::Revive { deaths: 1, suspect: false }).await;
    assert_stale(&bench, again).await;
    let last = bench.claim_one(bench.worker()).await.claim;
    bench.settle(last, complete()).await;
    assert_stale(&bench, last).await;
    let records = bench.get(claim.job).await.records;
    assert_eq!((records.steps.len(), records.checkpoint), (1, None), "nothing of it was written");
}

pub async fn other_arguments_begin_without_records(bench: Bench) {
    for verdict in [discard(), retry(HOUR)] {
        let claim = running(&bench).await;
        bench.record_step(claim, "charge", "1").await;
        bench.checkpoint(claim, "2").await;
        bench.settle(claim, verdict).await;
        bench.redrive_with(claim.job, r#"{"other":1}"#).await;
        assert_eq!(bench.get(claim.job).await.records, Records::default());
        let again = bench.claim_one(bench.worker()).await;
        assert!(!again.has_records);
        assert_eq!(bench.records(again.claim).await, Some(Records::default()));
        assert_eq!(bench.record_step(again.claim, "charge", "3").await, StepAnswer::Recorded);
        bench.settle(again.claim, complete()).await;
    }
}

pub async fn a_job_records_so_many_steps_and_no_more(bench: Bench) {
    let claim = running(&bench).await;
    for number in 0..MAX_STEPS {
        let answer = bench.record_step(claim, &format!("step-{number}"), "0").await;
        assert_eq!(answer, StepAnswer::Recorded, "step {number}");
    }
    assert_eq!(bench.record_step(claim, "one-too-many", "0").await, StepAnswer::Full);
    let there = bench.record_step(claim, "step-0", "1").await;
    assert_eq!(there, StepAnswer::AlreadyRecorded("0".into()), "what is there stays known");
    assert_eq!(bench.records(claim).await.unwrap().steps.len(), MAX_STEPS);
}

pub async fn a_job_records_so_many_bytes_and_no_more(bench: Bench) {
    const SIZE: usize = 64 * 1024;
    let claim = running(&bench).await;
    let result = format!("\"{}\"", "x".repeat(SIZE - 2));
    for number in 0..MAX_STEP_BYTES / SIZE {
        let answer = bench.record_step(claim, &format!("step-{number}"), &result).await;
        assert_eq!(answer, StepAnswer::Recorded, "step {number}");
    }
    assert_eq!(bench.record_step(claim, "one-too-many", "0").await, StepAnswer::Full);
    assert_eq!(bench.checkpoint(claim, "1").await, Fenced::Applied, "a checkpoint still fits");
}

pub async fn records_stay_with_a_job_that_has_ended_until_it_goes(bench: Bench) {
    let claim = running(&bench).await;
    bench.record_step(claim, "charge", "1").await;
    bench.settle(claim, complete()).await;
    let job = bench.get(claim.job).await;
    assert_eq!((job.state, job.records.steps.len()), (JobState::Completed, 1));
    bench.delete(claim.job).await;
    let again = windlass_queue::NewJob { id: claim.job, ..bench.new_job() };
    bench.add(again).await;
    assert!(!bench.claim_one(bench.worker()).await.has_records, "another job of the same id knows nothing");
}

async fn running(bench: &Bench) -> Claim {
    bench.add_plain(1).await;
    bench.claim_one(bench.worker()).await.claim
}

async fn steps(bench: &Bench, claim: Claim) -> Vec<(String, String)> {
    let records = bench.records(claim).await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    records.steps.iter().map(|(name, result)| (name.to_string(), text(result))).collect()
}

/// Claims the job, which knows of its step and its checkpoint.
async fn knows(bench: &Bench, after: &str) -> Claim {
    let claimed = bench.claim_one(bench.worker()).await;
    assert!(claimed.has_records, "after {after}");
    let records = bench.records(claimed.claim).await.unwrap();
    assert_eq!((records.steps.len(), records.checkpoint), (1, Some("2".into())), "after {after}");
    claimed.claim
}

async fn assert_stale(bench: &Bench, claim: Claim) {
    assert_eq!(bench.records(claim).await, None);
    assert_eq!(bench.record_step(claim, "late", "1").await, StepAnswer::Stale);
    assert_eq!(bench.checkpoint(claim, "1").await, Fenced::Stale);
}
