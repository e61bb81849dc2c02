//! The worker of the proofs: one kind whose handler writes down what it does.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use windlass_jobs::operations;
use windlass_queue::{Engine, Handler, JobContext, JobError, JobKind, Registry};
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_shared::SystemClock;
use windlass_worker::Worker;

use crate::evidence::{Event, Pen};

/// What a worker process is told.
#[derive(Debug, Args)]
pub struct WorkerArgs {
    /// Where Redis is.
    #[arg(long)]
    pub redis_url: String,
    /// The file for the evidence.
    #[arg(long)]
    pub evidence: PathBuf,
    /// How many jobs at a time.
    #[arg(long)]
    pub concurrency: NonZeroUsize,
}

/// Work in steps, each with a side effect that leaves a trace.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// How long each step takes.
    pub step_ms: u64,
    /// How many steps there are.
    pub steps: u8,
    /// What it shares a limit by; empty for nothing.
    pub group: String,
}

impl JobKind for Work {
    const NAME: &'static str = "proof.work";
    const QUEUE: &'static str = "proof";
    type Output = ();
}

/// Nothing, in a queue of its own, to see how fast nothing is done.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

impl JobKind for Nothing {
    const NAME: &'static str = "proof.nothing";
    const QUEUE: &'static str = "proof-nothing";
    type Output = ();
}

#[derive(Debug, Clone)]
struct Worked {
    pen: Arc<Pen>,
}

#[async_trait]
impl Handler<Work> for Worked {
    async fn run(&self, args: Work, context: &JobContext) -> Result<(), JobError> {
        let written = |error: anyhow::Error| JobError::permanent(format!("no evidence: {error}"));
        let run = self.pen.start(context.job, &args.group).map_err(written)?;
        for number in 0..args.steps {
            let name = format!("step-{number}");
            let effect = || async {
                run.write(Event::Effect, &name).map_err(written)?;
                sleep(Duration::from_millis(args.step_ms)).await;
                Ok(())
            };
            context.step(&name, effect).await?;
            run.write(Event::Recorded, &name).map_err(written)?;
        }
        if args.steps == 0 {
            sleep(Duration::from_millis(args.step_ms)).await;
        }
        run.write(Event::Done, "").map_err(written)
    }
}

#[derive(Debug)]
struct Idle;

#[async_trait]
impl Handler<Nothing> for Idle {
    async fn run(&self, _: Nothing, _: &JobContext) -> Result<(), JobError> {
        Ok(())
    }
}

/// Works until it is told to end.
pub async fn run(args: WorkerArgs) -> Result<()> {
    let engine: Arc<dyn Engine> = Arc::new(RedisEngine::new(RedisOptions::from_url(&args.redis_url)?));
    let mut registry = Registry::new();
    registry.add::<Work>(Worked { pen: Arc::new(Pen::open(&args.evidence)?) })?;
    registry.add::<Nothing>(Idle)?;
    operations::staff(&mut registry, engine.clone())?;
    let worker = Worker::builder(engine, Arc::new(registry), Arc::new(SystemClock))
        .concurrency(args.concurrency)
        .start()?;
    writeln!(std::io::stdout(), "at work")?;
    signal(SignalKind::terminate())?.recv().await;
    worker.drain();
    worker.join().await;
    Ok(())
}
