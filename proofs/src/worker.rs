//! The worker of the proofs: one kind whose handler writes down what it does.

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use async_trait::async_trait;
use clap::Args;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::sleep;
use windlass_jobs::operations;
use windlass_queue::{Engine, Execution, Handler, JobContext, JobError, JobKind, Registry};
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_shared::SystemClock;
use windlass_worker::Worker;

use crate::pen::{Event, Pen, Run};

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

/// Work in one step that blocks its thread, as a careless handler does, so that nobody can stop it before it is done.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stubborn {
    /// How long the step takes.
    pub step_ms: u64,
}

impl JobKind for Stubborn {
    const NAME: &'static str = "proof.stubborn";
    const QUEUE: &'static str = Work::QUEUE;
    const EXECUTION: Execution = Execution::Blocking;
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
        let run = self.pen.start(context.job, &args.group).map_err(unwritten)?;
        let pause = Duration::from_millis(args.step_ms);
        for number in 0..args.steps {
            step(&run, context, &format!("step-{number}"), sleep(pause)).await?;
        }
        if args.steps == 0 {
            sleep(pause).await;
        }
        run.write(Event::Done, "").map_err(unwritten)
    }
}

#[async_trait]
impl Handler<Stubborn> for Worked {
    async fn run(&self, args: Stubborn, context: &JobContext) -> Result<(), JobError> {
        let run = self.pen.start(context.job, "").map_err(unwritten)?;
        step(&run, context, "step", async { block(Duration::from_millis(args.step_ms)) }).await?;
        run.write(Event::Done, "").map_err(unwritten)
    }
}

/// Does a step and writes down what becomes of it. Its result names the run that did it, so that a run sees whether what
/// it did is recorded, or what another one did.
async fn step(
    run: &Run<'_>,
    context: &JobContext,
    name: &str,
    work: impl Future<Output = ()> + Send,
) -> Result<(), JobError> {
    let (me, did) = (run.to_string(), AtomicBool::new(false));
    let effect = || async {
        did.store(true, Ordering::Relaxed);
        run.write(Event::Effect, name).map_err(unwritten)?;
        work.await;
        run.write(Event::Worked, name).map_err(unwritten)?;
        Ok(me.clone())
    };
    let recorded: String = context.step(name, effect).await?;
    let is_overtaken = did.into_inner() && recorded != me;
    let event = if is_overtaken { Event::Overtaken } else { Event::Recorded };
    run.write(event, name).map_err(unwritten)
}

#[expect(clippy::disallowed_methods, reason = "a handler that cannot be stopped is what this is about")]
fn block(pause: Duration) {
    std::thread::sleep(pause);
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn unwritten(error: anyhow::Error) -> JobError {
    JobError::permanent(format!("no evidence: {error}"))
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
    let handler = Worked { pen: Arc::new(Pen::open(&args.evidence)?) };
    registry.add::<Work>(handler.clone())?;
    registry.add::<Stubborn>(handler)?;
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
