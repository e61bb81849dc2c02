//! A million jobs are deleted by a filter, beside a queue at work; then others, that are kept otherwise.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::time::{Instant, sleep};
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{CancelAnswer, EnqueueOptions, JobKind, Pause, Scope, When};
use windlass_shared::{JobId, JobState, QueueName};
use windlass_tests::{RedisServer, SlowCommand, until};

use crate::cores::Cores;
use crate::fleet::{Fleet, queue_of, work};
use crate::report::Report;
use crate::worker::{Nothing, Work};
use crate::{Size, Stage};

const CONCURRENCY: usize = 100;
/// The longest that Redis may be busy with one command, in microseconds.
const SLOW: u64 = 5_000;
/// How many jobs are cancelled in one call.
const CHUNK: usize = 200;
/// While Redis rewrites its append-only file, a child process shares its memory, and whichever command first touches a page
/// has to wait for a copy of it. That is none of the command's own time.
const NO_REWRITING: [&str; 2] = ["--auto-aof-rewrite-percentage", "0"];
const HOUR: Duration = Duration::from_hours(1);

/// What Redis noted as slow.
#[derive(Debug, Default)]
struct Slow {
    deleted: Vec<SlowCommand>,
    other: Vec<SlowCommand>,
}

pub(crate) async fn run(stage: &Stage) -> Result<Report> {
    let (doomed, beside) = (stage.size.of(10_000, 1_000_000), stage.size.of(40_000, 3_000_000));
    let (scheduled, cancelled) = (stage.size.of(3_000, 300_000), stage.size.of(1_000, 50_000));
    let window = Duration::from_millis(u64::try_from(stage.size.of(500, 8_000))?);
    let cores = if stage.size == Size::Full { Cores::divide() } else { None };
    let mut options = cores.as_ref().map(Cores::options).unwrap_or_default();
    options.extend(NO_REWRITING.map(str::to_owned));
    let redis = RedisServer::start_with(&options).await?;
    let mut fleet = Fleet::on(redis, stage, CONCURRENCY)?;
    let (queue, other) = (queue_of::<Work>()?, queue_of::<Nothing>()?);
    let pause = Pause { scope: Scope::Queue, lasts: None, note: None };
    fleet.engine.pause(&queue, &pause).await?;
    fleet.enqueue::<Work>(doomed, |_| (work(0, 0, ""), EnqueueOptions::default())).await?;
    fleet.enqueue::<Nothing>(beside, |_| (json!({}), EnqueueOptions::default())).await?;
    fleet.start().await?;
    sleep(window / 4).await;

    fleet.redis.watch_slow_commands(SLOW).await?;
    let before = rate(&fleet, &other, window).await?;
    let slow_before = Slow::of(&fleet).await?;
    fleet.redis.watch_slow_commands(SLOW).await?;
    let (start, operation) = (Instant::now(), delete(&fleet, JobState::Available).await?);
    let during = rate(&fleet, &other, window).await?;
    let deleting = fleet.depth(&queue).await?.unfinished();
    until_done(&fleet, &operation).await?;
    let mut slow = Slow::of(&fleet).await?;

    let cores_said = if cores.is_some() { "a core" } else { "no core" };
    let method = format!(
        "{doomed} available jobs of one queue are deleted by `jobs.bulk` while the worker, of {CONCURRENCY} slots a queue, \
         works off {beside} no-op jobs of another queue; rates over {} ms before and while. Then {scheduled} scheduled and \
         {cancelled} cancelled ones. Redis has {cores_said} of its own (`taskset`), and does not rewrite its append-only file meanwhile.",
        window.as_millis()
    );
    let mut report = Report::new("A large deletion", method);
    report.none("available jobs left", usize::try_from(fleet.depth(&queue).await?.unfinished())?);
    report.tell("seconds that these took", start.elapsed().as_secs());
    let later = EnqueueOptions { when: Some(When::After(HOUR)), ..EnqueueOptions::default() };
    for (state, count) in [(JobState::Scheduled, scheduled), (JobState::Cancelled, cancelled)] {
        let ids = fleet.enqueue::<Work>(count, |_| (work(0, 0, ""), later.clone())).await?;
        if state == JobState::Cancelled {
            cancel(&fleet, &ids).await?;
        }
        let there = fleet.depth(&queue).await?.of(state);
        report.at_least(&format!("{state} jobs to delete"), there, u64::try_from(count)?);
        // What it took to get them there is none of the deletion's.
        fleet.redis.watch_slow_commands(SLOW).await?;
        let start = Instant::now();
        until_done(&fleet, &delete(&fleet, state).await?).await?;
        slow.add(Slow::of(&fleet).await?);
        report.none(&format!("{state} jobs left"), usize::try_from(fleet.depth(&queue).await?.of(state))?);
        report.tell("seconds that these took", start.elapsed().as_secs());
    }
    report.tell("jobs/s of the other queue before", before);
    report.tell("jobs/s of the other queue while", during);
    report.tell("commands over 5 ms before", slow_before.deleted.len() + slow_before.other.len());
    report.tell("commands over 5 ms of other queues while", Slow::brief(&slow.other));
    match stage.size {
        // Times on a busy machine are no test.
        Size::Small => {
            report.tell("commands over 5 ms of the deleted queue while", Slow::brief(&slow.deleted));
        }
        Size::Full => {
            report.at_least("jobs left to delete at the end of the measurement", deleting, 1);
            report.at_least("rate while, in % of the rate before", during * 100 / before.max(1), 80);
            report.none("commands over 5 ms of the deleted queue while", slow.deleted.len());
            report.tell("the longest of them", Slow::brief(&slow.deleted));
        }
    }
    Ok(report)
}

/// Asks for the deletion of all jobs in this state.
async fn delete(fleet: &Fleet, state: JobState) -> Result<Vec<JobId>> {
    // It concerns what was there, and ended, before the millisecond in which it is asked for.
    sleep(Duration::from_millis(10)).await;
    let filter = json!({ "queue": Work::QUEUE, "state": state.as_str(), "kind": Work::NAME });
    let bulk = json!({ "action": "delete", "filter": filter });
    fleet.enqueue::<BulkJobs>(1, |_| (bulk.clone(), EnqueueOptions::default())).await
}

async fn until_done(fleet: &Fleet, operation: &[JobId]) -> Result<()> {
    until("the end of the deletion", Duration::from_mins(15), async || {
        let jobs = fleet.jobs(operation).await?;
        let is_done = |job: &windlass_queue::Job| job.state == JobState::Completed;
        Ok(jobs.iter().flatten().any(is_done).then_some(()))
    })
    .await
}

async fn cancel(fleet: &Fleet, ids: &[JobId]) -> Result<()> {
    for chunk in ids.chunks(CHUNK) {
        let answers = fleet.engine.cancel(chunk).await?;
        let is_cancelled = |answer: &CancelAnswer| matches!(answer, CancelAnswer::Cancelled);
        ensure!(answers.iter().all(is_cancelled), "jobs that wait are cancelled at once: {answers:?}");
    }
    Ok(())
}

/// How many jobs a queue works off in a second.
async fn rate(fleet: &Fleet, queue: &QueueName, window: Duration) -> Result<u64> {
    let (start, before) = (Instant::now(), fleet.depth(queue).await?.available);
    sleep(window).await;
    let done = before.saturating_sub(fleet.depth(queue).await?.available);
    Ok(done * 1_000 / u64::try_from(start.elapsed().as_millis())?.max(1))
}

impl Slow {
    async fn of(fleet: &Fleet) -> Result<Self> {
        // As the engine writes its keys; a test that reads the log knows what others must not.
        let deleted = format!("windlass:{{{}}}:", Work::QUEUE);
        let is_of_the_deleted = |command: &SlowCommand| {
            command.first_key("windlass:").is_some_and(|key| key.starts_with(&deleted))
        };
        let (deleted, other) = fleet.redis.slow_commands().await?.into_iter().partition(is_of_the_deleted);
        Ok(Self { deleted, other })
    }

    fn add(&mut self, other: Self) {
        self.deleted.extend(other.deleted);
        self.other.extend(other.other);
    }

    /// How many, and the longest.
    fn brief(commands: &[SlowCommand]) -> String {
        let longest = commands.iter().map(|command| command.took.as_millis()).max();
        let longest = longest.map(|longest| format!(", at most {longest} ms")).unwrap_or_default();
        format!("{}{longest}", commands.len())
    }
}
