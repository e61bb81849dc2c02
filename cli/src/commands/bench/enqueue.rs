use serde::Serialize;

use super::filling::Filling;
use super::meter::{Cost, Reading};
use super::report::{Figures, rate};
use super::stage::Stage;
use crate::args::EnqueueBench;
use crate::failure::Failure;

const USUAL_JOBS: u32 = 200_000;

/// How fast one process fills a queue.
#[derive(Debug, Serialize)]
pub(super) struct Filled {
    jobs: u32,
    tenants: u32,
    batch: u32,
    concurrency: usize,
    #[serde(skip)]
    jobs_per_second: f64,
    redis_bytes_per_queued_job: Option<f64>,
    per_job: Cost,
}

impl Figures for Filled {
    const BENCH: &'static str = "enqueue";

    fn jobs_per_second(&self) -> f64 {
        self.jobs_per_second
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let how = format!("batch {}, concurrency {}", self.batch, self.concurrency);
        let mut lines = vec![
            ("jobs", format!("{}; tenants {}, {how}", self.jobs, self.tenants)),
            ("enqueued", format!("{:.0} jobs/s", self.jobs_per_second)),
            ("per job", self.per_job.line()),
        ];
        lines.extend(
            self.redis_bytes_per_queued_job.map(|bytes| ("queued", format!("{bytes:.0} bytes a job"))),
        );
        lines
    }
}

/// Fills the queue, which may have jobs in it already.
pub(super) async fn run(stage: &Stage, args: &EnqueueBench) -> Result<Filled, Failure> {
    let (measure, fill) = (&args.measure, args.fill);
    Filling::new(measure.backlog, measure.payload, fill)?.run(stage).await?;
    let jobs = measure.jobs.unwrap_or(USUAL_JOBS);
    let before = Reading::take(stage.probe.as_ref()).await?;
    let filling = Filling::new(jobs, measure.payload, fill)?;
    let took = Filling { calls: args.concurrency.get(), ..filling }.run(stage).await?;
    let spent = Reading::take(stage.probe.as_ref()).await?.since(&before);
    Ok(Filled {
        jobs,
        tenants: fill.tenants,
        batch: fill.batch,
        concurrency: args.concurrency.get(),
        jobs_per_second: rate(jobs, took),
        redis_bytes_per_queued_job: spent.bytes_of_each(jobs),
        per_job: spent.of_each(jobs),
    })
}
