//! A job can be cancelled in any state that is not final.

use std::time::Duration;

use windlass_queue::{CancelAnswer, NewJob, Notice, Verdict, When};
use windlass_shared::{Claim, JobId, JobState, QueueNumber};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, as_given, complete, discard, every_ending, failure, retry};
use crate::verbs::ids;

pub async fn a_waiting_job_is_cancelled_at_once(bench: Bench) {
    let scheduled = bench.add(NewJob { when: When::After(HOUR), ..bench.new_job() }).await;
    let retryable = bench.add_plain(1).await[0];
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, retry(HOUR)).await;
    let available = bench.add_plain(1).await[0];
    for job in [scheduled, retryable, available] {
        assert_eq!(bench.cancel(job).await, CancelAnswer::Cancelled);
        let job = bench.get(job).await;
        assert_eq!((job.state, job.cancel_requested), (JobState::Cancelled, false));
        assert!(job.finished_at.is_some());
    }
    bench.advance(2 * HOUR);
    assert!(bench.claim(bench.worker(), 10).await.is_empty());
    assert_eq!(bench.promote(10).await.count, 0);
}

pub async fn a_cancelled_job_is_not_in_the_way_of_others(bench: Bench) {
    let jobs = bench.add_plain(300).await;
    let cancelled = bench.engine.cancel(&jobs[..299]).await.unwrap();
    assert!(cancelled.iter().all(|answer| *answer == CancelAnswer::Cancelled));
    assert_eq!(ids(&bench.claim(bench.worker(), 10).await), [jobs[299]]);
    assert_eq!(bench.depth().await.available, 0, "a claim clears away what was cancelled");
    assert_eq!(bench.depth().await.cancelled, 299);
}

pub async fn a_final_job_stays_as_it_is(bench: Bench) {
    for (verdict, state) in [
        (complete(), JobState::Completed),
        (discard(), JobState::Discarded),
        (Verdict::Cancel, JobState::Cancelled),
    ] {
        let job = bench.add_plain(1).await[0];
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.settle(claim, verdict).await;
        let before = bench.get(job).await;
        assert_eq!(bench.cancel(job).await, CancelAnswer::AlreadyFinal(state));
        assert_eq!(bench.get(job).await, before);
    }
}

pub async fn a_cancelled_job_is_cancelled_only_once(bench: Bench) {
    let job = bench.add_plain(1).await[0];
    assert_eq!(bench.cancel(job).await, CancelAnswer::Cancelled);
    assert_eq!(bench.cancel(job).await, CancelAnswer::AlreadyFinal(JobState::Cancelled));
}

pub async fn a_job_that_does_not_exist_is_not_found(bench: Bench) {
    let elsewhere = JobId::new(bench.now(), QueueNumber::new(u16::MAX), 1);
    for job in [bench.unused_id(), elsewhere] {
        assert_eq!(bench.cancel(job).await, CancelAnswer::NotFound);
    }
}

pub async fn a_batch_over_several_queues_is_answered_in_its_order(bench: Bench) {
    let other = bench.another_queue().await;
    let (here, there) = (bench.add_plain(2).await, other.add_plain(1).await);
    bench.claim(bench.worker(), 1).await;
    let jobs = [there[0], bench.unused_id(), here[0], here[1], there[0]];
    let answers = bench.engine.cancel(&jobs).await.unwrap();
    let cancelled = CancelAnswer::Cancelled;
    let expected = [
        cancelled,
        CancelAnswer::NotFound,
        CancelAnswer::Requested,
        cancelled,
        CancelAnswer::AlreadyFinal(JobState::Cancelled),
    ];
    assert_eq!(answers, expected);
}

pub async fn a_running_job_is_asked_to_stop(bench: Bench) {
    let worker = bench.worker();
    let claim = running(&bench, worker).await;
    for _ in 0..2 {
        assert_eq!(bench.cancel(claim.job).await, CancelAnswer::Requested);
    }
    let job = bench.get(claim.job).await;
    assert_eq!((job.state, job.cancel_requested), (JobState::Running, true));
}

pub async fn the_heartbeat_lists_the_cancellations(bench: Bench) {
    let worker = bench.worker();
    let (stopping, other) = (running(&bench, worker).await, running(&bench, worker).await);
    assert!(bench.heartbeat(worker).await.cancels.is_empty());
    bench.cancel(stopping.job).await;
    for _ in 0..2 {
        assert_eq!(bench.heartbeat(worker).await.cancels, [stopping], "for as long as it runs");
    }
    bench.settle(stopping, Verdict::Cancel).await;
    assert!(bench.heartbeat(worker).await.cancels.is_empty());
    assert_eq!(bench.held(worker).await, [other]);
}

pub async fn the_worker_hears_of_a_cancellation_at_once(bench: Bench) {
    let (worker, second) = (bench.worker(), bench.second().await);
    let mut listener = bench.engine.listener(worker, &bench.queue).await.unwrap();
    let early = running(&bench, worker).await;
    second.cancel(early.job).await;
    let notices = listener.next(Duration::from_secs(5)).await.unwrap();
    assert!(notices.contains(&Notice::Cancel(early)), "{notices:?}");
    let late = running(&bench, worker).await;
    let (notices, _) = tokio::join!(listener.next(Duration::from_secs(5)), second.cancel(late.job));
    let mut notices = notices.unwrap();
    if !notices.contains(&Notice::Cancel(late)) {
        notices.extend(listener.next(Duration::from_secs(5)).await.unwrap());
    }
    assert!(notices.contains(&Notice::Cancel(late)), "{notices:?}");
}

pub async fn a_requested_cancellation_wins_over_all_but_completion(bench: Bench) {
    for (verdict, _) in every_ending(HOUR) {
        let claim = running(&bench, bench.worker()).await;
        bench.cancel(claim.job).await;
        let completes = matches!(verdict, Verdict::Complete { .. });
        let expected = if completes { JobState::Completed } else { JobState::Cancelled };
        assert_eq!(bench.settle(claim, verdict.clone()).await, applied(expected), "{}", verdict.verb());
        let job = bench.get(claim.job).await;
        assert_eq!((job.state, job.attempt, job.cancel_requested), (expected, 1, false));
        assert!(job.finished_at.is_some());
    }
}

pub async fn a_failure_is_kept_although_the_job_was_cancelled(bench: Bench) {
    let claim = running(&bench, bench.worker()).await;
    bench.cancel(claim.job).await;
    let error = failure("it broke while it stopped");
    bench.settle(claim, Verdict::Retry { after: HOUR, error: error.clone() }).await;
    assert_eq!(as_given(bench.get(claim.job).await.errors), [error]);
}

pub async fn a_job_whose_worker_died_while_it_stopped_is_cancelled(bench: Bench) {
    let claim = running(&bench, bench.worker()).await;
    bench.cancel(claim.job).await;
    bench.lose(claim).await;
    let job = bench.get(claim.job).await;
    assert_eq!((job.state, job.deaths), (JobState::Cancelled, 0));
    assert!(bench.claim(bench.worker(), 1).await.is_empty());
}

pub async fn a_handler_may_stop_without_being_asked(bench: Bench) {
    let claim = running(&bench, bench.worker()).await;
    assert_eq!(bench.settle(claim, Verdict::Cancel).await, applied(JobState::Cancelled));
}

async fn running(bench: &Bench, worker: windlass_shared::Incarnation) -> Claim {
    bench.add_plain(1).await;
    bench.claim_one(worker).await.claim
}
