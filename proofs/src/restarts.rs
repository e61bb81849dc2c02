//! Redis is killed under load, and started again.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use windlass_queue::{Client, EnqueueOptions, EnqueueRequest, JobKind};
use windlass_shared::JobId;

use crate::fleet::{Fleet, queue_of, work};
use crate::report::Report;
use crate::worker::Work;
use crate::{Stage, ledger};

const WORKERS: usize = 3;
const CONCURRENCY: usize = 8;
/// What the producer sends at a time, and how often.
const BATCH: usize = 10;
const EVERY: Duration = Duration::from_millis(20);

pub(crate) async fn run(stage: &Stage) -> Result<Report> {
    let rounds = stage.size.of(3, 40);
    let mut fleet = Fleet::new(stage, CONCURRENCY).await?;
    let queue = queue_of::<Work>()?;
    for _ in 0..WORKERS {
        fleet.start().await?;
    }
    let stop = CancellationToken::new();
    let producing = produce(fleet.client.clone(), stop.clone());
    let (acknowledged, broken) = tokio::join!(producing, async {
        let broken = break_redis(&mut fleet, rounds).await;
        stop.cancel();
        broken
    });
    broken?;
    let (ids, refused) = acknowledged;
    fleet.until_finished(&queue, Duration::from_mins(5)).await?;

    let method = format!(
        "A producer of {BATCH} jobs each {} ms; {WORKERS} workers of {CONCURRENCY} slots; {rounds} times Redis (append-only \
         file, fsync every second) is killed (SIGKILL) and started again a while later. A job counts from when Redis \
         acknowledged it.",
        EVERY.as_millis()
    );
    let mut report = Report::new("Redis killed under load", method);
    ledger::check(&mut report, &fleet.jobs(&ids).await?, &fleet.evidence()?);
    report.tell("jobs that were not acknowledged, while Redis was away", refused);
    Ok(report)
}

/// Enqueues until it is told to stop; answers what was acknowledged, and how many were not.
async fn produce(client: Client, stop: CancellationToken) -> (Vec<JobId>, usize) {
    let (mut ids, mut refused, mut next) = (Vec::new(), 0, Instant::now());
    while !stop.is_cancelled() {
        let request = |_| EnqueueRequest {
            kind: Work::NAME.to_owned(),
            args: job(),
            options: EnqueueOptions::default(),
        };
        for answer in client.enqueue_batch((0..BATCH).map(request).collect()).await {
            match answer {
                Ok(enqueued) => ids.push(enqueued.id),
                Err(_) => refused += 1,
            }
        }
        next = (next + EVERY).max(Instant::now());
        sleep_until(next).await;
    }
    (ids, refused)
}

fn job() -> Value {
    work(5, 2, "")
}

async fn break_redis(fleet: &mut Fleet, rounds: usize) -> Result<()> {
    for _ in 0..rounds {
        sleep(Duration::from_millis(1_000 + fleet.entropy.number() % 1_000)).await;
        fleet.redis.kill()?;
        sleep(Duration::from_millis(fleet.entropy.number() % 1_500)).await;
        fleet.redis.start_again().await?;
    }
    Ok(())
}
