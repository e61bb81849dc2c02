use serde::Serialize;
use tokio::time::Instant;
use windlass_queue::{EnqueueOptions, EnqueueRequest, JobKind};

use super::ping::Ping;
use super::report::{Figures, rate};
use super::stage::Stage;
use crate::args::BenchArgs;
use crate::config::Settings;
use crate::failure::Failure;

/// How many jobs one call enqueues.
const BATCH: usize = 1_000;

/// How fast a full queue is emptied.
#[derive(Debug, Serialize)]
pub(super) struct Drained {
    bench: &'static str,
    engine: &'static str,
    jobs: usize,
    payload_bytes: usize,
    concurrency: usize,
    enqueued_per_second: f64,
    jobs_per_second: f64,
}

impl Figures for Drained {
    fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("engine", self.engine.to_owned()),
            (
                "jobs",
                format!("{} of {} bytes, {} at a time", self.jobs, self.payload_bytes, self.concurrency),
            ),
            ("enqueued", format!("{:.0} jobs/s, {BATCH} a call", self.enqueued_per_second)),
            ("drained", format!("{:.0} jobs/s", self.jobs_per_second)),
        ]
    }
}

/// Fills the queue, then empties it with one worker in this process.
pub(super) async fn run(args: &BenchArgs, settings: &Settings) -> Result<Drained, Failure> {
    let stage = Stage::set(settings).await?;
    let jobs = usize::try_from(args.jobs).unwrap_or(usize::MAX);
    let enqueued_per_second = fill(&stage, jobs, args.payload).await?;
    let start = Instant::now();
    let (worker, mut starts) = stage.work(args.concurrency)?;
    for _ in 0..jobs {
        starts.recv().await;
    }
    worker.drain();
    let report = worker.join().await;
    if let Some(fault) = report.fault {
        return Err(Failure::Worker(fault.to_string()));
    }
    Ok(Drained {
        bench: "drain",
        engine: stage.engine_name(),
        jobs,
        payload_bytes: args.payload,
        concurrency: args.concurrency.get(),
        enqueued_per_second,
        jobs_per_second: rate(jobs, start.elapsed()),
    })
}

async fn fill(stage: &Stage, jobs: usize, payload: usize) -> Result<f64, Failure> {
    let args = serde_json::json!(Ping::of_size(payload));
    let request = EnqueueRequest { kind: Ping::NAME.to_owned(), args, options: EnqueueOptions::default() };
    let start = Instant::now();
    let mut left = jobs;
    while left > 0 {
        let batch = left.min(BATCH);
        for answer in stage.client.enqueue_batch(vec![request.clone(); batch]).await {
            answer.map_err(|error| Failure::Refused { error, known: Vec::new() })?;
        }
        left -= batch;
    }
    Ok(rate(jobs, start.elapsed()))
}
