//! Redis is killed under load, and started again.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;
use windlass_queue::{Client, EnqueueOptions, EnqueueRequest, JobKind};
use windlass_shared::JobId;

use crate::fleet::{Fleet, now, queue_of, work};
use crate::report::Report;
use crate::runs::ROLLED_BACK_MS;
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
    let (produced, broken) = tokio::join!(producing, async {
        let broken = break_redis(&mut fleet, rounds).await;
        stop.cancel();
        broken
    });
    broken?;
    fleet.until_finished(&queue, Duration::from_mins(5)).await?;
    let Kept { ids, rolled_back } = Kept::of(&produced.acknowledged, &fleet).await?;

    let method = format!(
        "A producer of {BATCH} jobs each {} ms; {WORKERS} workers of {CONCURRENCY} slots; {rounds} times Redis (append-only \
         file, fsync every second) is killed (SIGKILL) and started again a while later. A job counts from when Redis \
         acknowledged it; what Redis acknowledged in the last {} s before it was killed may be gone.",
        EVERY.as_millis(),
        ROLLED_BACK_MS / 1_000
    );
    let mut report = Report::new("Redis killed under load", method);
    ledger::check(&mut report, &fleet, &ids).await?;
    report.tell("jobs acknowledged in the last 2 s before a kill, and gone", rolled_back);
    report.tell("jobs that were not acknowledged, while Redis was away", produced.refused);
    Ok(report)
}

/// What became of the wishes of a producer.
#[derive(Debug, Default)]
struct Produced {
    /// Each job, and when its acknowledgement came, in milliseconds since the epoch.
    acknowledged: Vec<(JobId, i64)>,
    refused: usize,
}

/// What of it must be there.
#[derive(Debug)]
struct Kept {
    ids: Vec<JobId>,
    /// How many jobs are not there and need not be.
    rolled_back: usize,
}

impl Kept {
    /// Leaves out what is gone and was acknowledged so shortly before a kill that the guarantees allow it.
    async fn of(acknowledged: &[(JobId, i64)], fleet: &Fleet) -> Result<Self> {
        let ids: Vec<_> = acknowledged.iter().map(|(id, _)| *id).collect();
        let jobs = fleet.jobs(&ids).await?;
        let may_be_gone = |at| fleet.causes.iter().any(|cause| cause.takes_back(at));
        let must_be_there =
            acknowledged.iter().zip(&jobs).filter(|((_, at), job)| job.is_some() || !may_be_gone(*at));
        let ids: Vec<_> = must_be_there.map(|((id, _), _)| *id).collect();
        Ok(Self { rolled_back: acknowledged.len() - ids.len(), ids })
    }
}

/// Enqueues until it is told to stop.
async fn produce(client: Client, stop: CancellationToken) -> Produced {
    let (mut produced, mut next) = (Produced::default(), Instant::now());
    while !stop.is_cancelled() {
        let request = |_| EnqueueRequest {
            kind: Work::NAME.to_owned(),
            args: job(),
            options: EnqueueOptions::default(),
        };
        let answers = client.enqueue_batch((0..BATCH).map(request).collect()).await;
        let at = now();
        for answer in answers {
            match answer {
                Ok(enqueued) => produced.acknowledged.push((enqueued.id, at)),
                Err(_) => produced.refused += 1,
            }
        }
        next = (next + EVERY).max(Instant::now());
        sleep_until(next).await;
    }
    produced
}

fn job() -> Value {
    work(5, 2, "")
}

async fn break_redis(fleet: &mut Fleet, rounds: usize) -> Result<()> {
    for _ in 0..rounds {
        sleep(Duration::from_millis(1_000 + fleet.entropy.number() % 1_000)).await;
        let away = Duration::from_millis(fleet.entropy.number() % 1_500);
        fleet.kill_redis(away).await?;
    }
    Ok(())
}
