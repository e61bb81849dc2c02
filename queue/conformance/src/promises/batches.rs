//! Every call that can be hot takes a batch, of any size, and answers it in its order.

use std::time::Duration;

use windlass_queue::{
    CancelAnswer, Fenced, MAX_PAYLOAD_BYTES, NewJob, Report, Rescue, RescueVerdict, Settled, Verdict, When,
};
use windlass_shared::{JobId, JobState};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{applied, complete, retry};
use crate::verbs::{claims, ids};

/// More than any engine does in one step.
const MANY: usize = 2_500;

pub async fn many_jobs_are_looked_up_at_once(bench: Bench) {
    let mut jobs = bench.add_plain(MANY).await;
    jobs[MANY / 2] = bench.unused_id();
    let found = bench.engine.get(&jobs).await.unwrap();
    let found: Vec<_> = found.into_iter().map(|job| job.map(|job| job.id)).collect();
    let expected: Vec<_> = (0..MANY).map(|nth| (nth != MANY / 2).then_some(jobs[nth])).collect();
    assert_eq!(found, expected);
}

pub async fn many_claims_are_settled_at_once(bench: Bench) {
    let jobs = bench.add_plain(MANY).await;
    let held = claims(&bench.claim(bench.worker(), MANY).await);
    bench.lose(held[1_234]).await;
    let answers = bench.settle_all(&held, &complete()).await;
    let stale: Vec<_> = (0..MANY).filter(|nth| answers[*nth] == Settled::Stale).collect();
    assert_eq!(stale, [1_234]);
    assert_eq!(bench.state(jobs[1_234]).await, JobState::Available);
    assert_eq!(bench.depth().await.completed, 2_499);
}

pub async fn many_released_jobs_keep_their_order(bench: Bench) {
    let (jobs, worker) = (bench.add_plain(MANY).await, bench.worker());
    let held = claims(&bench.claim(worker, MANY - 100).await);
    bench.settle_all(&held, &Verdict::Release).await;
    assert_eq!(ids(&bench.claim(worker, MANY).await), jobs);
}

pub async fn many_failures_come_back_together(bench: Bench) {
    let worker = bench.worker();
    bench.add_plain(MANY).await;
    let held = claims(&bench.claim(worker, MANY).await);
    bench.settle_all(&held, &retry(HOUR)).await;
    assert_eq!(bench.depth().await.retryable, 2_500);
    bench.advance(HOUR);
    let mut promoted = 0;
    loop {
        let step = bench.promote(MANY).await;
        promoted += step.count;
        if step.next_due != Some(Duration::ZERO) {
            break;
        }
    }
    assert_eq!(promoted, MANY);
    assert_eq!(bench.claim(worker, MANY).await.len(), MANY);
}

pub async fn many_due_jobs_are_claimed_without_anybody_promoting_them(bench: Bench) {
    let later = |job| NewJob { when: When::After(HOUR), ..job };
    let jobs: Vec<_> = bench.new_jobs(MANY).into_iter().map(later).collect();
    bench.enqueue(&jobs).await;
    bench.advance(HOUR);
    let (worker, mut given) = (bench.worker(), 0);
    // What is left is due at once, so a worker that goes by the answer does not wait for it.
    while given < MANY {
        let claimed = bench.ask(worker, MANY, windlass_queue::Suspects::Leave).await;
        given += claimed.jobs.len();
        assert!(given == MANY || claimed.more || claimed.next_due == Some(Duration::ZERO));
    }
}

pub async fn many_jobs_are_cancelled_at_once(bench: Bench) {
    let jobs = bench.add_plain(MANY).await;
    bench.claim(bench.worker(), 1_000).await;
    let answers = bench.engine.cancel(&jobs).await.unwrap();
    assert_eq!(answers[..1_000], [CancelAnswer::Requested; 1_000]);
    assert_eq!(answers[1_000..], [CancelAnswer::Cancelled; 1_500]);
    let cancels = bench.heartbeat(bench.worker()).await.cancels;
    assert!(cancels.is_empty(), "another worker has nothing to do with them");
}

pub async fn a_worker_hears_of_many_cancellations_by_heartbeat(bench: Bench) {
    let (jobs, worker) = (bench.add_plain(MANY).await, bench.worker());
    let mut held = claims(&bench.claim(worker, MANY).await);
    bench.engine.cancel(&jobs).await.unwrap();
    let beat = bench.heartbeat(worker).await;
    let mut cancels = beat.cancels;
    cancels.sort();
    held.sort();
    assert_eq!((beat.held, cancels), (MANY, held));
}

pub async fn many_claims_are_reported_and_rescued_at_once(bench: Bench) {
    bench.add_plain(MANY).await;
    let held = claims(&bench.claim(bench.worker(), MANY).await);
    assert_eq!(bench.settle(held[7], complete()).await, applied(JobState::Completed));
    let report = |claim: &_| Report { claim: *claim, progress: None, log: Vec::new() };
    let told = bench.engine.report(&held.iter().map(report).collect::<Vec<_>>()).await.unwrap();
    let verdict = RescueVerdict::Revive { deaths: 1, suspect: false };
    let rescue = |claim: &_| Rescue { claim: *claim, verdict: verdict.clone() };
    let all: Vec<_> = held.iter().map(rescue).collect();
    let rescued = bench.engine.rescue(&bench.queue, &all).await.unwrap();
    for answers in [told, rescued] {
        let stale: Vec<_> = (0..MANY).filter(|nth| answers[*nth] == Fenced::Stale).collect();
        assert_eq!((answers.len(), stale), (MANY, vec![7]));
    }
}

pub async fn the_largest_jobs_come_in_batches_too(bench: Bench) {
    const JOBS: usize = 200;
    let args = bytes::Bytes::from(format!("\"{}\"", "x".repeat(MAX_PAYLOAD_BYTES - 2)));
    let jobs: Vec<_> =
        bench.new_jobs(JOBS).into_iter().map(|job| NewJob { args: args.clone(), ..job }).collect();
    let expected: Vec<JobId> = bench.enqueue(&jobs).await.iter().map(|answer| answer.id).collect();
    let claimed = bench.claim(bench.worker(), JOBS).await;
    assert_eq!(ids(&claimed), expected);
    assert!(claimed.iter().all(|job| job.args == args));
    let verdict = Verdict::Complete { result: Some(args.clone()), children: Vec::new() };
    bench.settle_all(&claims(&claimed), &verdict).await;
    let found = bench.engine.get(&expected).await.unwrap();
    assert!(found.into_iter().flatten().filter(|job| job.result.as_ref() == Some(&args)).count() == JOBS);
}
