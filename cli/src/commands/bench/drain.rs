use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

use super::crew::{Crew, Heard};
use super::filling::Filling;
use super::meter::{Cost, Reading};
use super::ping::PingHandler;
use super::report::{Figures, rate};
use super::stage::Stage;
use super::tally::Tally;
use crate::args::{BenchWorker, DrainBench};
use crate::failure::Failure;

const USUAL_JOBS: u32 = 100_000;

/// How fast a full queue is emptied.
#[derive(Debug, Serialize)]
pub(super) struct Drained {
    jobs: u32,
    tenants: u32,
    workers: u32,
    concurrency: usize,
    enqueued_per_second: f64,
    #[serde(skip)]
    jobs_per_second: f64,
    redis_bytes_per_queued_job: Option<f64>,
    per_job_enqueue: Cost,
    per_job_drain: Cost,
    per_job: Cost,
}

impl Figures for Drained {
    const BENCH: &'static str = "drain";

    fn jobs_per_second(&self) -> f64 {
        self.jobs_per_second
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let how = format!("workers {}, concurrency {}", self.workers, self.concurrency);
        let mut lines = vec![
            ("jobs", format!("{}; tenants {}, {how}", self.jobs, self.tenants)),
            ("enqueued", format!("{:.0} jobs/s", self.enqueued_per_second)),
            ("drained", format!("{:.0} jobs/s", self.jobs_per_second)),
            ("to enqueue", self.per_job_enqueue.line()),
            ("to drain", self.per_job_drain.line()),
        ];
        lines.extend(
            self.redis_bytes_per_queued_job.map(|bytes| ("queued", format!("{bytes:.0} bytes a job"))),
        );
        lines
    }
}

/// Fills the queue, then empties it, but for the backlog. The time is taken from the start of the first job to the start of
/// the last one that counts.
pub(super) async fn run(stage: &Stage, args: &DrainBench) -> Result<Drained, Failure> {
    let (measure, fill) = (&args.measure, args.fill);
    let jobs = measure.jobs.unwrap_or(USUAL_JOBS);
    let filled = jobs.saturating_add(measure.backlog);
    let before = Reading::take(stage.probe.as_ref()).await?;
    let filling = Filling::new(filled, measure.payload, fill)?.run(stage).await?;
    let between = Reading::take(stage.probe.as_ref()).await?;
    let drained = match args.workers {
        1 => here(stage, jobs, args.concurrency).await?,
        many => by_crew(stage, jobs, many, args.concurrency).await?,
    };
    let after = Reading::take(stage.probe.as_ref()).await?;
    let per_job_enqueue = between.since(&before).of_each(filled);
    let per_job_drain = after.since(&between).of_each(drained.ran);
    Ok(Drained {
        jobs,
        tenants: fill.tenants,
        workers: args.workers,
        concurrency: args.concurrency.get(),
        enqueued_per_second: rate(filled, filling),
        jobs_per_second: rate(jobs, drained.took),
        redis_bytes_per_queued_job: between.since(&before).bytes_of_each(filled),
        per_job_enqueue,
        per_job_drain,
        per_job: per_job_enqueue.and(per_job_drain),
    })
}

/// How a queue was emptied.
#[derive(Debug)]
pub(super) struct Emptied {
    /// From the first start to that of the last one that counts.
    pub(super) took: Duration,
    /// How many jobs ran until the workers had stopped.
    ran: u32,
}

/// Empties the queue with one worker in this process.
pub(super) async fn here(stage: &Stage, jobs: u32, concurrency: NonZeroUsize) -> Result<Emptied, Failure> {
    let tally = Arc::new(Tally::up_to(jobs));
    stage.start_worker(concurrency, PingHandler::Counted(Arc::clone(&tally))).await?;
    let took = tally.reached(&stage.progress, "draining").await?;
    stage.end_worker().await?;
    Ok(Emptied { took, ran: ran(&tally) })
}

/// Empties the queue with workers in processes of their own, each of which tells every few milliseconds how many jobs it has
/// started.
async fn by_crew(
    stage: &Stage,
    jobs: u32,
    workers: u32,
    concurrency: NonZeroUsize,
) -> Result<Emptied, Failure> {
    let tally = Arc::new(Tally::up_to(jobs));
    let counts: Vec<_> = (0..workers).map(|_| AtomicU64::new(0)).collect();
    let count = Arc::clone(&tally);
    let hear = move |heard: Heard| {
        let so_far = u64::from(heard.number);
        let before = counts[heard.worker].swap(so_far, Ordering::AcqRel);
        count.add(so_far.saturating_sub(before));
    };
    let crew = Crew::start(stage, workers, &BenchWorker { concurrency, job_ms: None }, hear)?;
    let took = tally.reached(&stage.progress, "draining").await?;
    crew.end().await?;
    Ok(Emptied { took, ran: ran(&tally) })
}

fn ran(tally: &Tally) -> u32 {
    u32::try_from(tally.so_far()).unwrap_or(u32::MAX)
}
