use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use windlass_queue::{EnqueueOptions, EnqueueRequest};
use windlass_shared::TenantId;

use super::backlog::{self, BATCH};
use super::drain;
use super::filling::{Filling, request};
use super::ping::{Ping, PingHandler};
use super::report::{Figures, Spread, rate};
use super::stage::Stage;
use super::tally::{STALLED, stalled};
use crate::args::{FillArgs, LatencyBench};
use crate::failure::Failure;

/// The pause before each job, in which the worker becomes idle again.
const IDLE: Duration = Duration::from_millis(5);
/// How often a loaded producer enqueues what is due.
const TICK: Duration = Duration::from_millis(1);
const USUAL_JOBS: u32 = 1_000;
/// How many jobs the rate is found with that a load is a part of, and for how many seconds that load lasts.
const USUAL_PROBE: u32 = 50_000;
const USUAL_SECONDS: f64 = 5.0;

type Starts = UnboundedReceiver<(u32, Instant)>;

/// How soon jobs start.
#[derive(Debug, Serialize)]
pub(super) struct PickedUp {
    jobs: u32,
    concurrency: usize,
    #[serde(skip)]
    jobs_per_second: f64,
    /// From the call that enqueues a job to the start of its handler.
    #[serde(flatten)]
    spread: Spread,
    load: Option<Load>,
}

/// What a worker was under.
#[derive(Debug, Clone, Copy, Serialize)]
struct Load {
    part: f64,
    drained_per_second: f64,
    offered_per_second: f64,
}

impl Figures for PickedUp {
    const BENCH: &'static str = "latency";

    fn jobs_per_second(&self) -> f64 {
        self.jobs_per_second
    }

    fn rank(&self) -> f64 {
        self.spread.p99
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let how = match self.load {
            None => "one at a time".to_owned(),
            Some(load) => format!(
                "{:.0} jobs/s of {:.0} offered, where {:.0} can be drained",
                self.jobs_per_second, load.offered_per_second, load.drained_per_second
            ),
        };
        vec![("jobs", format!("{}, {how}", self.jobs)), ("picked up", self.spread.line())]
    }
}

/// Measures from the call that enqueues a job until its handler starts: with an idle worker, or with a busy one.
pub(super) async fn run(stage: &Stage, args: &LatencyBench) -> Result<PickedUp, Failure> {
    let load = match args.load {
        None => None,
        Some(part) => Some(load(stage, args, part).await?),
    };
    backlog::lay(stage, &args.measure).await?;
    let (told, mut starts) = unbounded_channel();
    stage.start_worker(args.concurrency, PingHandler::Timed(told)).await?;
    let begun = Instant::now();
    let waits = match load {
        None => idle(stage, args, &mut starts).await?,
        Some(load) => loaded(stage, args, load.offered_per_second, &mut starts).await?,
    };
    let took = begun.elapsed();
    stage.end_worker().await?;
    let jobs = u32::try_from(waits.len()).unwrap_or(u32::MAX);
    Ok(PickedUp {
        jobs,
        concurrency: args.concurrency.get(),
        jobs_per_second: rate(jobs, took),
        spread: Spread::of(waits),
        load,
    })
}

/// Finds how fast the queue is drained here, and the part of it that is to be offered.
async fn load(stage: &Stage, args: &LatencyBench, part: f64) -> Result<Load, Failure> {
    let jobs = args.measure.jobs.unwrap_or(USUAL_PROBE);
    let fill = FillArgs { batch: BATCH, tenants: 1 };
    Filling::new(jobs, args.measure.payload, fill)?.run(stage).await?;
    let drained = drain::here(stage, jobs, args.concurrency).await?;
    let drained_per_second = rate(jobs, drained.took);
    Ok(Load { part, drained_per_second, offered_per_second: part * drained_per_second })
}

/// One job at a time.
async fn idle(stage: &Stage, args: &LatencyBench, starts: &mut Starts) -> Result<Vec<Duration>, Failure> {
    let jobs = args.measure.jobs.unwrap_or(USUAL_JOBS);
    let mut waits = Vec::new();
    // The first one also pays for connections and caches; it does not count.
    for number in 0..=jobs {
        tokio::time::sleep(IDLE).await;
        let job = Ping::of_size(number, args.measure.payload as usize);
        let called = Instant::now();
        let enqueued = stage.client.enqueue(&job, EnqueueOptions::default()).await;
        enqueued.map_err(|error| Failure::Refused { error, known: Vec::new() })?;
        let (_, started) = next(starts).await?;
        waits.push(started.duration_since(called));
        stage.progress.show("one job at a time", number.into(), jobs.into());
    }
    Ok(waits.split_off(1))
}

/// So many jobs a second, whatever becomes of them: each tick enqueues what is due in one call.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts of jobs")]
async fn loaded(
    stage: &Stage,
    args: &LatencyBench,
    offered: f64,
    starts: &mut Starts,
) -> Result<Vec<Duration>, Failure> {
    let jobs = args.measure.jobs.unwrap_or((offered * USUAL_SECONDS) as u32).max(1);
    let mut called = Vec::with_capacity(jobs as usize);
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let begun = Instant::now();
    while called.len() < jobs as usize {
        tick.tick().await;
        let due = ((begun.elapsed().as_secs_f64() * offered) as u32).clamp(1, jobs);
        let numbers = u32::try_from(called.len()).unwrap_or(u32::MAX)..due;
        let requests: Vec<_> =
            numbers.map(|number| request(number, args.measure.payload, TenantId::default())).collect();
        called.resize(called.len() + requests.len(), Instant::now());
        enqueue(stage, requests).await?;
        stage.progress.show("under load", called.len() as u64, jobs.into());
    }
    let mut waits = Vec::with_capacity(called.len());
    while waits.len() < called.len() {
        let (number, started) = next(starts).await?;
        waits.extend(called.get(number as usize).map(|called| started.duration_since(*called)));
    }
    Ok(waits)
}

async fn enqueue(stage: &Stage, requests: Vec<EnqueueRequest>) -> Result<(), Failure> {
    for answer in stage.client.enqueue_batch(requests).await {
        answer.map_err(|error| Failure::Refused { error, known: Vec::new() })?;
    }
    Ok(())
}

async fn next(starts: &mut Starts) -> Result<(u32, Instant), Failure> {
    timeout(STALLED, starts.recv()).await.ok().flatten().ok_or_else(stalled)
}
