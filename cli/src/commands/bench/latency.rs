use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;
use windlass_queue::EnqueueOptions;

use super::ping::Ping;
use super::report::{Figures, millis, quantile};
use super::stage::Stage;
use crate::args::BenchArgs;
use crate::config::Settings;
use crate::failure::Failure;

/// The pause before each job, in which the worker becomes idle again.
const IDLE: Duration = Duration::from_millis(5);

/// How soon an idle worker starts a job.
#[derive(Debug, Serialize)]
pub(super) struct PickedUp {
    bench: &'static str,
    engine: &'static str,
    jobs: usize,
    payload_bytes: usize,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

impl Figures for PickedUp {
    fn lines(&self) -> Vec<(&'static str, String)> {
        vec![
            ("engine", self.engine.to_owned()),
            ("jobs", format!("{} of {} bytes, one at a time", self.jobs, self.payload_bytes)),
            (
                "picked up",
                format!("p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms", self.p50_ms, self.p99_ms, self.max_ms),
            ),
        ]
    }
}

/// Enqueues one job at a time and measures from the call until its handler starts.
pub(super) async fn run(args: &BenchArgs, settings: &Settings) -> Result<PickedUp, Failure> {
    let stage = Stage::set(settings).await?;
    let (worker, mut starts) = stage.work(args.concurrency)?;
    let job = Ping::of_size(args.payload);
    let mut waits = Vec::new();
    // The first one also pays for connections and caches; it does not count.
    for _ in 0..=args.jobs {
        tokio::time::sleep(IDLE).await;
        let called = Instant::now();
        stage
            .client
            .enqueue(&job, EnqueueOptions::default())
            .await
            .map_err(|error| Failure::Refused { error, known: Vec::new() })?;
        if let Some(started) = starts.recv().await {
            waits.push(started.duration_since(called));
        }
    }
    worker.drain();
    worker.join().await;
    let mut counted = waits.split_off(1.min(waits.len()));
    counted.sort_unstable();
    Ok(PickedUp {
        bench: "latency",
        engine: stage.engine_name(),
        jobs: counted.len(),
        payload_bytes: args.payload,
        p50_ms: millis(quantile(&counted, 0.5)),
        p99_ms: millis(quantile(&counted, 0.99)),
        max_ms: millis(quantile(&counted, 1.0)),
    })
}
