//! A million jobs are deleted by a filter, beside a queue at work.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tokio::time::{Instant, sleep};
use windlass_queue::{EnqueueOptions, JobKind, Pause, Scope};
use windlass_shared::{JobState, QueueName};
use windlass_tests::until;

use crate::fleet::{Fleet, queue_of, work};
use crate::report::Report;
use crate::worker::{Nothing, Work};
use crate::{Size, Stage};

const CONCURRENCY: usize = 100;
/// The longest that Redis may be busy with one command, in microseconds.
const SLOW: u64 = 5_000;

pub(crate) async fn run(stage: &Stage) -> Result<Report> {
    let (doomed, beside) = (stage.size.of(20_000, 1_000_000), stage.size.of(100_000, 3_000_000));
    let window = Duration::from_millis(u64::try_from(stage.size.of(500, 8_000))?);
    let mut fleet = Fleet::new(stage, CONCURRENCY).await?;
    let (queue, other) = (queue_of::<Work>()?, queue_of::<Nothing>()?);
    let pause = Pause { scope: Scope::Queue, lasts: None, note: None };
    fleet.engine.pause(&queue, &pause).await?;
    fleet.enqueue::<Work>(doomed, |_| (work(0, 0, ""), EnqueueOptions::default())).await?;
    fleet.enqueue::<Nothing>(beside, |_| (json!({}), EnqueueOptions::default())).await?;
    fleet.start().await?;
    sleep(window / 4).await;

    fleet.redis.watch_slow_commands(SLOW).await?;
    let before = rate(&fleet, &other, window).await?;
    let slow_before = fleet.redis.slow_commands().await?;
    fleet.redis.watch_slow_commands(SLOW).await?;
    let filter = json!({ "queue": Work::QUEUE, "state": "available", "kind": Work::NAME });
    let bulk = json!({ "action": "delete", "filter": filter });
    let start = Instant::now();
    let operation = fleet
        .enqueue::<windlass_jobs::operations::BulkJobs>(1, |_| (bulk.clone(), EnqueueOptions::default()))
        .await?;
    let during = rate(&fleet, &other, window).await?;
    let deleting = fleet.depth(&queue).await?.unfinished();
    until("the end of the deletion", Duration::from_mins(15), async || {
        let jobs = fleet.jobs(&operation).await?;
        let is_done = |job: &windlass_queue::Job| job.state == JobState::Completed;
        Ok(jobs.iter().flatten().any(is_done).then_some(()))
    })
    .await?;
    let took = start.elapsed();

    let method = format!(
        "{doomed} available jobs of one queue are deleted by `jobs.bulk` while the worker, of {CONCURRENCY} slots a queue, \
         works off {beside} no-op jobs of another queue. Rates over {} ms before and while.",
        window.as_millis()
    );
    let mut report = Report::new("A large deletion", method);
    report.none("jobs left", usize::try_from(fleet.depth(&queue).await?.unfinished())?);
    report.tell("seconds that it took", took.as_secs());
    report.tell("jobs/s of the other queue before", before);
    report.tell("jobs/s of the other queue while", during);
    report.tell("commands over 5 ms before", slow_before);
    let slow = fleet.redis.slow_commands().await?;
    match stage.size {
        // Times on a busy machine are no test.
        Size::Small => report.tell("commands over 5 ms while", slow),
        Size::Full => {
            report.at_least("jobs left to delete at the end of the measurement", deleting, 1);
            report.at_least("rate while, in % of the rate before", during * 100 / before.max(1), 80);
            report.none("commands over 5 ms while", slow);
        }
    }
    Ok(report)
}

/// How many jobs a queue works off in a second.
async fn rate(fleet: &Fleet, queue: &QueueName, window: Duration) -> Result<u64> {
    let (start, before) = (Instant::now(), fleet.depth(queue).await?.available);
    sleep(window).await;
    let done = before.saturating_sub(fleet.depth(queue).await?.available);
    Ok(done * 1_000 / u64::try_from(start.elapsed().as_millis())?.max(1))
}
