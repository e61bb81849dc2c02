//! Connections between workers and Redis are cut, delayed, half-closed, and silent.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::sleep;
use windlass_queue::EnqueueOptions;
use windlass_tests::{FaultProxy, Loss, until};

use crate::fleet::{Fleet, queue_of, work};
use crate::report::Report;
use crate::worker::Work;
use crate::{Stage, ledger};

const WORKERS: usize = 3;
const CONCURRENCY: usize = 8;
/// In every answer of Redis.
const ANY_ANSWER: &str = "\r\n";

pub(crate) async fn run(stage: &Stage) -> Result<Report> {
    let (rounds, jobs) = (stage.size.of(20, 300), stage.size.of(2_000, 30_000));
    let mut fleet = Fleet::new(stage, CONCURRENCY).await?;
    let queue = queue_of::<Work>()?;
    let mut proxies = Vec::new();
    for _ in 0..WORKERS {
        let proxy = FaultProxy::start(fleet.redis.port()).await?;
        fleet.start_at(&proxy.redis_url()).await?;
        proxies.push(proxy);
    }
    let make = |_| (work(4, 2, ""), EnqueueOptions::default());
    let ids = fleet.enqueue::<Work>(jobs, make).await?;
    let mut silences = 0;
    for round in 0..rounds {
        let done = u64::try_from(jobs * round / (rounds + 1))?;
        until("progress", Duration::from_mins(2), async || {
            Ok((fleet.depth(&queue).await?.completed >= done).then_some(()))
        })
        .await?;
        let (proxy, chance) =
            (proxies.get(fleet.any()).context("a proxy for each worker")?, fleet.entropy.number());
        let (fault, length) = (chance % 6, chance / 6);
        match fault {
            0 | 1 => proxy.lose_answer(ANY_ANSWER, Loss::CutAfter(usize::try_from(length % 40)?)),
            2 => proxy.lose_answer(ANY_ANSWER, Loss::HalfClose),
            3 => proxy.lose_answer(ANY_ANSWER, Loss::Silence),
            4 => proxy.lose_answer(ANY_ANSWER, Loss::Delay(Duration::from_millis(length % 4_000))),
            _ => {
                silences += 1;
                proxy.vanish();
                // Some of these are longer than a lease.
                sleep(Duration::from_millis(length % 1_000 * if silences % 5 == 0 { 14 } else { 1 })).await;
                proxy.flow();
            }
        }
    }
    fleet.until_finished(&queue, Duration::from_mins(10)).await?;

    let method = format!(
        "{jobs} jobs of two steps of 4 ms; {WORKERS} workers of {CONCURRENCY} slots, each behind a TCP proxy; {rounds} \
         faults at random: an answer cut somewhere, half-closed, never coming, or up to 4 s late; everything silent for up \
         to 14 s ({silences} times)."
    );
    let mut report = Report::new("Connections that break", method);
    ledger::check(&mut report, &fleet.jobs(&ids).await?, &fleet.evidence()?);
    Ok(report)
}
