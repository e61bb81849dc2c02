//! Workers are stopped for longer than their lease, and go on as if nothing had happened.

use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;
use windlass_queue::EnqueueOptions;

use crate::fleet::{Fleet, queue_of, work};
use crate::report::Report;
use crate::worker::Work;
use crate::{Stage, ledger};

const WORKERS: usize = 3;
const CONCURRENCY: usize = 4;
/// Longer than a lease of ten seconds.
const STOP: Duration = Duration::from_secs(13);
/// How many jobs are done in one round: enough that the others are busy all the time.
const JOBS_A_ROUND: usize = 600;

pub(crate) async fn run(stage: &Stage) -> Result<Report> {
    let rounds = stage.size.of(1, 20);
    let mut fleet = Fleet::new(stage, CONCURRENCY).await?;
    let queue = queue_of::<Work>()?;
    for _ in 0..WORKERS {
        fleet.start().await?;
    }
    let mut ids = Vec::new();
    for _ in 0..rounds {
        let make = |_| (work(50, 4, ""), EnqueueOptions::default());
        ids.extend(fleet.enqueue::<Work>(JOBS_A_ROUND, make).await?);
        sleep(Duration::from_millis(500 + fleet.entropy.number() % 500)).await;
        let stopped = fleet.any();
        fleet.worker(stopped)?.freeze()?;
        sleep(STOP).await;
        fleet.worker(stopped)?.resume()?;
    }
    fleet.until_finished(&queue, Duration::from_mins(5)).await?;

    let jobs = fleet.jobs(&ids).await?;
    let method = format!(
        "{} jobs of four steps of 50 ms; {WORKERS} workers of {CONCURRENCY} slots; {rounds} times one of them is stopped \
         (SIGSTOP) for {} s, in which its jobs are given to others, and continued (SIGCONT).",
        ids.len(),
        STOP.as_secs()
    );
    let mut report = Report::new("Workers stopped past their lease", method);
    ledger::check(&mut report, &jobs, &fleet.evidence()?);
    let taken_over = jobs.iter().flatten().filter(|job| job.deaths > 0).count();
    report.at_least("jobs that were taken over", taken_over, 1);
    Ok(report)
}
