//! Nothing is lost and nothing ends twice when everything happens at once.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::JoinSet;
use windlass_queue::{ClaimedJob, Settled, Verdict};
use windlass_shared::{Incarnation, JobId, JobState};

use crate::Bench;
use crate::endings::{complete, retry, snooze};

const JOBS: usize = 400;
const TASKS: usize = 8;

/// How often each job was completed, as far as one task was told.
type Completions = HashMap<JobId, usize>;

pub async fn every_job_completes_once_when_many_claim_and_settle(bench: Bench) {
    let second = bench.second().await;
    let jobs = bench.add_plain(JOBS).await;
    let mut tasks = JoinSet::new();
    for number in 0..TASKS {
        let bench = if number % 2 == 0 { bench.clone() } else { second.clone() };
        tasks.spawn(work_until_all_is_done(bench));
    }
    let mut completions = Completions::new();
    while let Some(told) = tasks.join_next().await {
        for (job, times) in told.unwrap() {
            *completions.entry(job).or_default() += times;
        }
    }
    assert!(jobs.iter().all(|job| completions.get(job) == Some(&1)), "each job completed exactly once");
    let depth = bench.depth().await;
    assert_eq!(depth.completed, u64::try_from(JOBS).unwrap());
    assert_eq!(depth.unfinished(), 0);
}

async fn work_until_all_is_done(bench: Bench) -> Completions {
    let (worker, mut completions) = (bench.worker(), Completions::new());
    while bench.depth().await.completed < u64::try_from(JOBS).unwrap() {
        let jobs = bench.claim(worker, 7).await;
        if bench.number_at_random().is_multiple_of(10) {
            give_back(&bench, worker).await;
            continue;
        }
        for job in &jobs {
            end(&bench, job, &mut completions).await;
        }
    }
    completions
}

/// The answer of the claim was lost: what the engine thinks this worker holds goes back.
async fn give_back(bench: &Bench, worker: Incarnation) {
    let held = bench.held(worker).await;
    let answers = bench.settle_all(&held, &Verdict::Release).await;
    assert!(answers.iter().all(|answer| matches!(answer, Settled::Applied { .. })));
}

async fn end(bench: &Bench, job: &ClaimedJob, completions: &mut Completions) {
    let verdict = match bench.number_at_random() % 8 {
        0 if job.attempt < job.max_attempts.get() => retry(Duration::ZERO),
        1 => snooze(Duration::ZERO),
        2 => Verdict::Release,
        _ => complete(),
    };
    let answer = bench.settle(job.claim, verdict.clone()).await;
    assert!(matches!(answer, Settled::Applied { .. }), "the claim was current");
    if matches!(verdict, Verdict::Complete { .. }) {
        assert_eq!(answer, Settled::Applied { state: JobState::Completed });
        *completions.entry(job.claim.job).or_default() += 1;
        // The answer might have been lost: the worker asks again and must be told the same.
        assert_eq!(bench.settle(job.claim, verdict).await, answer);
    }
}
