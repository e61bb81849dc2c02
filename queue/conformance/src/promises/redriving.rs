//! People may make a job run again, whatever became of it.

use windlass_queue::{
    AttemptError, ErrorReason, NewJob, OnConflict, Progress, Redrive, RedriveAnswer, Report, Settled, Until,
    Verdict, When,
};
use windlass_shared::{JobId, JobState, Percent, QueueNumber};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, complete, discard, retry, snooze};
use crate::idle::Idle;
use crate::verbs::ids;

pub async fn a_job_that_ended_begins_anew(bench: Bench) {
    for verdict in
        [discard(), Verdict::Cancel, Verdict::Complete { result: Some("1".into()), children: Vec::new() }]
    {
        let worker = bench.worker();
        let job = bench.add_plain(1).await[0];
        let claim = bench.claim_one(worker).await.claim;
        let progress = Some(Progress { percent: Percent::saturating(40), message: Some("half".to_owned()) });
        bench.engine.report(&[Report { claim, progress, log: Vec::new() }]).await.unwrap();
        bench.settle(claim, verdict.clone()).await;
        let before = bench.get(job).await;
        assert_eq!(bench.redrive(job).await, RedriveAnswer::Available, "{}", verdict.verb());
        let after = bench.get(job).await;
        assert_eq!((after.state, after.attempt, after.deaths), (JobState::Available, 0, 0));
        assert_eq!((after.finished_at, after.result, after.progress), (None, None, Progress::default()));
        assert_eq!(
            (after.errors, after.claims),
            (before.errors, before.claims),
            "errors and claims are kept"
        );
        let again = bench.claim_one(worker).await;
        assert_eq!((again.claim.job, again.attempt), (job, 1));
        assert_eq!(
            bench.settle(claim, complete()).await,
            applied(JobState::Running),
            "the old claim stays ended"
        );
        bench.settle(again.claim, complete()).await;
    }
}

pub async fn a_job_that_waits_for_its_time_runs_now(bench: Bench) {
    let worker = bench.worker();
    let scheduled = bench.add(bench.in_an_hour()).await;
    assert_eq!(bench.redrive(scheduled).await, RedriveAnswer::Available);
    let claimed = bench.claim_one(worker).await;
    assert_eq!((claimed.claim.job, claimed.attempt), (scheduled, 1));
    bench.settle(claimed.claim, retry(HOUR)).await;
    assert_eq!(bench.redrive(scheduled).await, RedriveAnswer::Available);
    let claimed = bench.claim_one(worker).await;
    assert_eq!(claimed.attempt, 2, "what it has used is not forgotten");
    bench.settle(claimed.claim, snooze(HOUR)).await;
    assert_eq!(bench.redrive(scheduled).await, RedriveAnswer::Available);
    assert_eq!(bench.claim_one(worker).await.claim.job, scheduled);
    bench.advance(2 * HOUR);
    assert_eq!(bench.promote(5).await.count, 0, "its old times mean nothing any more");
    assert_eq!(bench.state(scheduled).await, JobState::Running);
}

pub async fn a_job_that_is_available_stays_in_its_place(bench: Bench) {
    let jobs = bench.add_plain(3).await;
    assert_eq!(bench.redrive(jobs[0]).await, RedriveAnswer::AlreadyAvailable);
    assert_eq!(bench.redrive_with(jobs[1], "7").await, RedriveAnswer::AlreadyAvailable);
    let claimed = bench.claim(bench.worker(), 5).await;
    assert_eq!(ids(&claimed), jobs);
    assert_eq!(claimed[1].args, "7");
}

pub async fn a_job_that_runs_is_left_alone(bench: Bench) {
    let job = bench.add_plain(1).await[0];
    let claim = bench.claim_one(bench.worker()).await.claim;
    let before = bench.get(job).await;
    assert_eq!(bench.redrive_with(job, "7").await, RedriveAnswer::Refused(JobState::Running));
    assert_eq!(bench.get(job).await, before);
    assert_eq!(bench.settle(claim, complete()).await, Settled::Applied { state: JobState::Completed });
}

pub async fn other_arguments_take_the_place_of_the_old_ones(bench: Bench) {
    let jobs = bench.add_plain(1).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, discard()).await;
    assert_eq!(bench.redrive_with(jobs[0], r#"{"other":1}"#).await, RedriveAnswer::Available);
    assert_eq!(bench.claim_one(bench.worker()).await.args, r#"{"other":1}"#);
    let scheduled = bench.add(bench.in_an_hour()).await;
    assert_eq!(bench.redrive_with(scheduled, "8").await, RedriveAnswer::Available);
    assert_eq!(bench.claim_one(bench.worker()).await.args, "8");
}

pub async fn a_job_with_a_unique_key_keeps_its_arguments(bench: Bench) {
    for state in [JobState::Scheduled, JobState::Available, JobState::Retryable, JobState::Discarded] {
        let bench = bench.another_queue().await;
        let unique = bench.unique(Until::Finish, OnConflict::Reject);
        let when = if state == JobState::Scheduled { When::After(HOUR) } else { When::Now };
        let job = bench.add(NewJob { args: "1".into(), when, ..unique }).await;
        let verdict = if state == JobState::Retryable { retry(HOUR) } else { discard() };
        if matches!(state, JobState::Retryable | JobState::Discarded) {
            let claim = bench.claim(bench.worker(), 1).await[0].claim;
            bench.settle(claim, verdict).await;
        }
        let before = bench.get(job).await;
        assert_eq!(before.state, state);
        assert_eq!(bench.redrive_with(job, "2").await, RedriveAnswer::ArgsFixed, "{state}");
        assert_eq!(bench.get(job).await, before, "{state}");
        let available = match state {
            JobState::Available => RedriveAnswer::AlreadyAvailable,
            _ => RedriveAnswer::Available,
        };
        assert_eq!(bench.redrive_with(job, "1").await, available, "the same ones are no others: {state}");
        assert_eq!(bench.claim_one(bench.worker()).await.args, "1");
    }
}

pub async fn a_redriven_job_goes_behind_the_others(bench: Bench) {
    let old = bench.add_plain(1).await[0];
    bench.cancel(old).await;
    let scheduled = bench.add(bench.in_an_hour()).await;
    let others = bench.add_plain(2).await;
    bench.redrive(old).await;
    bench.redrive(scheduled).await;
    assert_eq!(ids(&bench.claim(bench.worker(), 5).await), [others[0], others[1], old, scheduled]);
}

pub async fn a_poisoned_job_is_given_another_chance(bench: Bench) {
    let job = bench.suspect().await;
    let claim = bench.take_suspect().await;
    bench.begin_alone(claim).await;
    bench.lose(claim).await;
    assert_eq!(bench.state(job).await, JobState::Discarded);
    assert_eq!(bench.redrive(job).await, RedriveAnswer::Available);
    let again = bench.claim_one(bench.worker()).await;
    assert_eq!((again.claim.job, again.deaths, again.suspect), (job, 0, false));
    assert_eq!(bench.get(job).await.errors[0].reason, ErrorReason::Poison, "what happened stays known");
}

pub async fn redrives_are_answered_in_their_order_over_queues(bench: Bench) {
    let other = bench.another_queue().await;
    let (here, there) = (bench.add_plain(2).await, other.add_plain(1).await);
    bench.cancel(here[0]).await;
    other.claim(other.worker(), 1).await;
    let elsewhere = JobId::new(bench.now(), QueueNumber::new(u16::MAX), 1);
    let jobs = [there[0], bench.unused_id(), here[0], here[1], elsewhere, here[0]];
    let redrives: Vec<_> = jobs.iter().map(|job| Redrive { job: *job, args: None }).collect();
    let expected = [
        RedriveAnswer::Refused(JobState::Running),
        RedriveAnswer::NotFound,
        RedriveAnswer::Available,
        RedriveAnswer::AlreadyAvailable,
        RedriveAnswer::NotFound,
        RedriveAnswer::AlreadyAvailable,
    ];
    assert_eq!(bench.engine.redrive(&redrives).await.unwrap(), expected);
}

pub async fn a_redriven_job_wakes_a_worker(bench: Bench) {
    let mut idle = Idle::new(&bench).await;
    let job = bench.add(bench.in_an_hour()).await;
    idle.find_nothing().await;
    bench.second().await.redrive(job).await;
    assert!(idle.is_woken().await);
}

pub async fn a_redriven_job_is_not_pruned(bench: Bench) {
    let job = bench.add_plain(1).await[0];
    bench.cancel(job).await;
    bench.redrive(job).await;
    bench.advance(10_000 * HOUR);
    let retention = windlass_queue::Retention::default();
    assert_eq!(bench.engine.prune(&bench.queue, &retention, 10).await.unwrap(), 0);
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, job);
}

pub async fn its_limits_hold_for_a_redriven_job(bench: Bench) {
    bench.set_limit("queue", Some(crate::verbs::concurrency(1))).await;
    let jobs = bench.add_plain(2).await;
    bench.cancel(jobs[0]).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.redrive(jobs[0]).await;
    assert!(bench.claim(bench.worker(), 5).await.is_empty());
    bench.settle(claim, complete()).await;
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, jobs[0]);
}

pub async fn errors_of_both_lives_are_kept(bench: Bench) {
    let job = bench.add_plain(1).await[0];
    for message in ["first life", "second life"] {
        let claim = bench.claim_one(bench.worker()).await.claim;
        let error = AttemptError { reason: ErrorReason::Permanent, ..crate::endings::failure(message) };
        bench.settle(claim, Verdict::Discard { error }).await;
        bench.redrive(job).await;
    }
    let messages: Vec<_> = bench.get(job).await.errors.into_iter().map(|error| error.message).collect();
    assert_eq!(messages, ["first life", "second life"]);
}
