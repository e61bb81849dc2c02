//! Workers that are killed under load.

mod story;

use std::time::Duration;

use serde::Serialize;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, sleep, timeout};

use self::story::{Event, Story};
use super::backlog::{self, BATCH};
use super::crew::Crew;
use super::filling::Filling;
use super::report::Figures;
use super::stage::Stage;
use super::tally::{STALLED, stalled};
use crate::args::{BenchWorker, CrashBench, FillArgs};
use crate::failure::Failure;

const USUAL_JOBS: u32 = 5_000;
/// How often the engine is asked whether the jobs have ended.
const LOOK: Duration = Duration::from_millis(100);

/// What became of the jobs.
#[derive(Debug, Serialize)]
pub(super) struct Survived {
    jobs: u32,
    workers: u32,
    kills: u32,
    concurrency: usize,
    job_ms: u32,
    /// Jobs that ran to their end, and those that never did.
    finished: u32,
    lost: u32,
    /// Ends beyond the first of a job: it had run, but its worker was killed before it could say so.
    repeated: u32,
    /// Jobs that the engine gave up.
    discarded: u64,
    /// Jobs that ran on a worker when it was killed.
    interrupted: u32,
    /// From a kill to the next start of a job that it interrupted, and to the last one's; the longest of all kills.
    restart_ms: Option<f64>,
    recovery_ms: Option<f64>,
    /// Until the first kill, and of the jobs that no kill interrupted after the last one.
    #[serde(skip)]
    jobs_per_second: f64,
    jobs_per_second_after: f64,
}

impl Figures for Survived {
    const BENCH: &'static str = "crash";

    fn jobs_per_second(&self) -> f64 {
        self.jobs_per_second
    }

    fn lines(&self) -> Vec<(&'static str, String)> {
        let seconds = |millis: Option<f64>| {
            millis.map_or("-".to_owned(), |millis| format!("{:.1} s", millis / 1_000.0))
        };
        vec![
            (
                "jobs",
                format!(
                    "{} of {} ms; workers {}, killed {}, concurrency {}",
                    self.jobs, self.job_ms, self.workers, self.kills, self.concurrency
                ),
            ),
            ("finished", format!("{}, {} lost, {} run twice", self.finished, self.lost, self.repeated)),
            (
                "recovery",
                format!(
                    "{} jobs interrupted; the first ran again after {}, the last after {}",
                    self.interrupted,
                    seconds(self.restart_ms),
                    seconds(self.recovery_ms)
                ),
            ),
            (
                "rate",
                format!("{:.0} jobs/s before, {:.0} after", self.jobs_per_second, self.jobs_per_second_after),
            ),
        ]
    }
}

/// Has workers at work, kills some of them in the middle of it, and waits for what becomes of their jobs.
pub(super) async fn run(stage: &Stage, args: &CrashBench) -> Result<Survived, Failure> {
    let measure = &args.measure;
    let jobs = measure.jobs.unwrap_or(USUAL_JOBS);
    let kills = args.kills.min(args.workers - 1);
    backlog::lay(stage, measure).await?;
    let fill = FillArgs { batch: BATCH, tenants: 1 };
    Filling::new(jobs, measure.payload, fill)?.run(stage).await?;
    let (told, mut events) = unbounded_channel();
    let hear = move |heard| {
        let _nobody_listens_any_more = told.send((heard, Instant::now()));
    };
    let worker = BenchWorker { concurrency: args.concurrency, job_ms: Some(args.job_ms) };
    let mut crew = Crew::start(stage, args.workers, &worker, hear)?;
    let mut story = Story::of(jobs);
    for victim in 0..kills {
        let goal = u64::from(jobs) * u64::from(victim + 1) / u64::from(kills + 1);
        while u64::from(story.finished()) < goal {
            story.add(next(&mut events).await?);
            stage.progress.show("workers are killed", story.finished().into(), jobs.into());
        }
        // An end was the signal, and jobs of one claim end together: half a job later the next ones are at work.
        sleep(Duration::from_millis(args.job_ms.into()) / 2).await;
        crew.kill(victim as usize)?;
        story.killed(victim as usize, Instant::now());
    }
    settled(stage, u64::from(measure.backlog), &mut events, &mut story).await?;
    crew.end().await?;
    while let Ok(event) = events.try_recv() {
        story.add(event);
    }
    let depth = stage.engine().depth(&stage.queue).await?;
    Ok(Survived {
        jobs,
        workers: args.workers,
        kills,
        concurrency: args.concurrency.get(),
        job_ms: args.job_ms,
        finished: story.finished(),
        lost: jobs - story.finished(),
        repeated: story.repeated(),
        discarded: depth.discarded,
        interrupted: story.interrupted(),
        restart_ms: story.restart().map(millis),
        recovery_ms: story.recovery().map(millis),
        jobs_per_second: story.rate_before(),
        jobs_per_second_after: story.rate_after(),
    })
}

/// Waits until the engine has nothing left but the backlog; gives up when nothing moves any more.
async fn settled(
    stage: &Stage,
    backlog: u64,
    events: &mut UnboundedReceiver<Event>,
    story: &mut Story,
) -> Result<(), Failure> {
    let (mut left, mut since) = (u64::MAX, Instant::now());
    loop {
        while let Ok(event) = events.try_recv() {
            story.add(event);
        }
        let unfinished = stage.engine().depth(&stage.queue).await?.unfinished();
        if unfinished <= backlog {
            return Ok(());
        }
        if unfinished != left {
            (left, since) = (unfinished, Instant::now());
        }
        if since.elapsed() > STALLED {
            return Err(stalled());
        }
        stage.progress.show("recovery", story.finished().into(), story.jobs().into());
        sleep(LOOK).await;
    }
}

async fn next(events: &mut UnboundedReceiver<Event>) -> Result<Event, Failure> {
    timeout(STALLED, events.recv()).await.ok().flatten().ok_or_else(stalled)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
