//! From the moment enqueue returns, a job reaches a final state or is visible in another.

use std::time::Duration;

use windlass_queue::{Acceptance, AttemptError, NewJob, Suspects, Verdict, When};
use windlass_shared::{JobState, Timestamp};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, as_given, complete, discard, failure, retry, snooze};
use crate::verbs::ids;

pub async fn an_enqueued_job_is_visible_and_claimable(bench: Bench) {
    let job = bench.new_job();
    let answer = bench.enqueue(std::slice::from_ref(&job)).await[0];
    assert_eq!((answer.id, answer.state, answer.acceptance), (job.id, JobState::Available, Acceptance::New));
    assert_eq!(bench.state(job.id).await, JobState::Available);
    let claimed = bench.claim_one(bench.worker()).await;
    assert_eq!((claimed.claim.job, claimed.attempt), (job.id, 1));
    assert_eq!(bench.state(job.id).await, JobState::Running);
}

pub async fn what_one_process_enqueues_another_can_claim(bench: Bench) {
    let second = bench.second().await;
    let jobs = bench.add_plain(3).await;
    assert_eq!(ids(&second.claim(second.worker(), 10).await), jobs);
    assert!(bench.claim(bench.worker(), 10).await.is_empty());
}

pub async fn a_delayed_job_waits_for_its_time(bench: Bench) {
    let job = NewJob { when: When::After(HOUR), ..bench.new_job() };
    assert_eq!(bench.enqueue(std::slice::from_ref(&job)).await[0].state, JobState::Scheduled);
    bench.advance(HOUR / 2);
    assert_eq!(bench.promote(10).await.count, 0);
    assert!(bench.claim(bench.worker(), 1).await.is_empty());
    assert_eq!(bench.state(job.id).await, JobState::Scheduled);
    bench.advance(HOUR / 2);
    assert_eq!(bench.promote(10).await.count, 1);
    assert_eq!(bench.state(job.id).await, JobState::Available);
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, job.id);
}

pub async fn a_claim_brings_what_is_due_without_anybody_promoting_it(bench: Bench) {
    let job = bench.add(NewJob { when: When::After(HOUR), ..bench.new_job() }).await;
    bench.advance(HOUR);
    assert_eq!(bench.claim_one(bench.worker()).await.claim.job, job);
}

pub async fn an_instant_in_the_past_means_now(bench: Bench) {
    for at in [Timestamp::from_millis(1_000), Timestamp::EARLIEST, bench.now()] {
        let job = NewJob { when: When::At(at), ..bench.new_job() };
        assert_eq!(bench.enqueue(&[job]).await[0].state, JobState::Available, "{at}");
    }
    assert_eq!(bench.claim(bench.worker(), 10).await.len(), 3);
}

pub async fn an_instant_ahead_is_kept_to_the_millisecond(bench: Bench) {
    for at in [bench.now().plus(HOUR + Duration::from_millis(123)), Timestamp::LATEST] {
        let job = bench.add(NewJob { when: When::At(at), ..bench.new_job() }).await;
        let job = bench.get(job).await;
        assert_eq!((job.state, job.run_at), (JobState::Scheduled, at));
    }
    let worker = bench.worker();
    assert!(bench.claim(worker, 10).await.is_empty());
    bench.advance(2 * HOUR);
    assert_eq!(bench.claim(worker, 10).await.len(), 1);
}

pub async fn a_batch_of_a_thousand_is_answered_in_its_order(bench: Bench) {
    let jobs = bench.new_jobs(1_000);
    let answers = bench.enqueue(&jobs).await;
    let asked: Vec<_> = jobs.iter().map(|job| job.id).collect();
    assert_eq!(answers.iter().map(|answer| answer.id).collect::<Vec<_>>(), asked);
    assert!(answers.iter().all(|answer| !answer.is_duplicate() && answer.state == JobState::Available));
    assert_eq!(ids(&bench.claim(bench.worker(), 1_000).await), asked);
}

pub async fn a_batch_may_span_several_queues(bench: Bench) {
    let others = [bench.another_queue().await, bench.another_queue().await];
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.extend([bench.new_job(), others[0].new_job(), others[1].new_job()]);
    }
    let answers = bench.enqueue(&jobs).await;
    assert!(answers.iter().zip(&jobs).all(|(answer, job)| answer.id == job.id));
    for queue in [&bench, &others[0], &others[1]] {
        let expected: Vec<_> = jobs.iter().filter(|job| job.queue == queue.queue).map(|job| job.id).collect();
        assert_eq!(ids(&queue.claim(queue.worker(), 100).await), expected);
    }
}

pub async fn a_call_about_nothing_is_answered_with_nothing(bench: Bench) {
    assert!(bench.engine.enqueue(&[]).await.is_empty());
    assert!(bench.engine.settle(&[]).await.unwrap().is_empty());
    assert!(bench.engine.report(&[]).await.unwrap().is_empty());
    assert!(bench.engine.cancel(&[]).await.unwrap().is_empty());
    assert!(bench.engine.get(&[]).await.unwrap().is_empty());
    assert!(bench.engine.rescue(&bench.queue, &[]).await.unwrap().is_empty());
    assert!(bench.claim(bench.worker(), 1).await.is_empty());
}

pub async fn a_completed_job_keeps_its_result(bench: Bench) {
    let job = bench.add_plain(1).await[0];
    let claim = bench.claim_one(bench.worker()).await.claim;
    let result = Some(r#"{"sent":"Grüße 👋"}"#.into());
    let verdict = Verdict::Complete { result: result.clone(), children: Vec::new() };
    assert_eq!(bench.settle(claim, verdict).await, applied(JobState::Completed));
    let job = bench.get(job).await;
    assert_eq!((job.state, job.attempt, job.result), (JobState::Completed, 1, result));
    assert!(job.finished_at.unwrap().since(job.attempted_at.unwrap()) < HOUR);
    assert!(bench.claim(bench.worker(), 1).await.is_empty());
}

pub async fn a_failed_attempt_is_followed_by_another_when_it_is_due(bench: Bench) {
    let (job, worker) = (bench.add_plain(1).await[0], bench.worker());
    let claim = bench.claim_one(worker).await.claim;
    let error = failure("the host name does not resolve");
    let verdict = Verdict::Retry { after: HOUR, error: error.clone() };
    assert_eq!(bench.settle(claim, verdict).await, applied(JobState::Retryable));
    let waiting = bench.get(job).await;
    assert_eq!(
        (waiting.state, waiting.attempt, as_given(waiting.errors)),
        (JobState::Retryable, 1, vec![error])
    );
    assert!(waiting.run_at.since(bench.now()) > HOUR / 2);
    assert!(bench.claim(worker, 1).await.is_empty());
    bench.advance(HOUR);
    assert_eq!(bench.claim_one(worker).await.attempt, 2);
}

pub async fn a_retry_without_delay_can_be_claimed_at_once(bench: Bench) {
    let (job, worker) = (bench.add_plain(1).await[0], bench.worker());
    let claim = bench.claim_one(worker).await.claim;
    assert_eq!(bench.settle(claim, retry(Duration::ZERO)).await, applied(JobState::Retryable));
    assert_eq!(bench.claim_one(worker).await.claim.job, job);
}

pub async fn a_snoozed_job_comes_back_with_its_attempt_given_back(bench: Bench) {
    let (job, worker) = (bench.add_plain(1).await[0], bench.worker());
    let claim = bench.claim_one(worker).await.claim;
    assert_eq!(bench.settle(claim, snooze(HOUR)).await, applied(JobState::Scheduled));
    let waiting = bench.get(job).await;
    assert_eq!((waiting.state, waiting.attempt, waiting.claims), (JobState::Scheduled, 0, 1));
    assert!(bench.claim(worker, 1).await.is_empty());
    bench.advance(HOUR);
    assert_eq!(bench.claim_one(worker).await.attempt, 1);
}

pub async fn a_discarded_job_stays_visible_with_its_error(bench: Bench) {
    let job = bench.add_plain(1).await[0];
    let claim = bench.claim_one(bench.worker()).await.claim;
    let Verdict::Discard { error } = discard() else { unreachable!() };
    assert_eq!(bench.settle(claim, discard()).await, applied(JobState::Discarded));
    let job = bench.get(job).await;
    assert_eq!((job.state, job.attempt, as_given(job.errors)), (JobState::Discarded, 1, vec![error]));
    assert!(job.finished_at.is_some());
    bench.advance(HOUR);
    assert!(bench.claim(bench.worker(), 1).await.is_empty());
}

pub async fn a_failure_of_a_later_attempt_is_kept_beside_the_earlier_ones(bench: Bench) {
    let (job, worker) = (bench.add_plain(1).await[0], bench.worker());
    let errors = [1, 2, 3].map(|attempt| AttemptError { attempt, ..failure(&format!("failure {attempt}")) });
    for error in &errors {
        let claim = bench.claim_one(worker).await.claim;
        bench.settle(claim, Verdict::Retry { after: Duration::ZERO, error: error.clone() }).await;
    }
    let claim = bench.claim_one(worker).await.claim;
    assert_eq!(bench.settle(claim, complete()).await, applied(JobState::Completed));
    assert_eq!(as_given(bench.get(job).await.errors), errors);
}

pub async fn promotion_is_bounded_and_takes_the_earliest_first(bench: Bench) {
    let mut jobs = Vec::new();
    for hours in [3, 1, 2, 9] {
        jobs.push(bench.add(NewJob { when: When::After(hours * HOUR), ..bench.new_job() }).await);
    }
    bench.advance(4 * HOUR);
    let first = bench.promote(2).await;
    assert_eq!((first.count, first.next_due), (2, Some(Duration::ZERO)));
    assert_eq!(bench.state(jobs[0]).await, JobState::Scheduled);
    let second = bench.promote(2).await;
    assert_eq!(second.count, 1);
    let next_due = second.next_due.unwrap();
    assert!(next_due > 4 * HOUR && next_due <= 5 * HOUR, "{next_due:?}");
    assert_eq!(ids(&bench.claim(bench.worker(), 10).await), [jobs[1], jobs[2], jobs[0]]);
}

pub async fn a_claim_tells_when_the_next_job_is_due(bench: Bench) {
    let worker = bench.worker();
    assert_eq!(bench.ask(worker, 1, Suspects::Leave).await.next_due, None);
    for hours in [3, 2] {
        bench.add(NewJob { when: When::After(hours * HOUR), ..bench.new_job() }).await;
    }
    let next_due = bench.ask(worker, 1, Suspects::Leave).await.next_due.unwrap();
    assert!(next_due > HOUR && next_due <= 2 * HOUR, "{next_due:?}");
}

pub async fn a_clock_that_steps_back_strands_nothing(bench: Bench) {
    let worker = bench.worker();
    let jobs = bench.add_plain(2).await;
    let claim = bench.claim(worker, 1).await[0].claim;
    bench.step_back(5 * HOUR);
    assert_eq!(bench.settle(claim, complete()).await, applied(JobState::Completed));
    assert_eq!(bench.claim_one(worker).await.claim.job, jobs[1]);
    let late = bench.add_plain(1).await[0];
    assert_eq!(bench.claim_one(worker).await.claim.job, late);
}
