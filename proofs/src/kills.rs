//! Workers are killed at random, again and again.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;
use windlass_queue::{EnqueueOptions, Limit, LimitScope};
use windlass_tests::until;

use crate::evidence::Evidence;
use crate::fleet::{Fleet, queue_of, work};
use crate::report::{Report, percentile};
use crate::worker::Work;
use crate::{Stage, ledger};

const WORKERS: usize = 3;
const CONCURRENCY: usize = 8;
/// The groups that half of the jobs belong to, and how many of each may run at a time.
const GROUPS: usize = 20;
const LIMIT: u32 = 2;
/// How long a rescue may take.
const RESCUE_MS: i64 = 15_000;

pub(crate) async fn run(stage: &Stage) -> Result<Report> {
    let (rounds, jobs) = (stage.size.of(12, 200), stage.size.of(1_200, 20_000));
    let mut fleet = Fleet::new(stage, CONCURRENCY).await?;
    let queue = queue_of::<Work>()?;
    let each_group: LimitScope = "key:group:*".parse()?;
    let limit = Limit { concurrency: NonZeroU32::new(LIMIT), rate: None };
    fleet.engine.set_limit(&queue, &each_group, Some(limit)).await?;
    let ids = fleet
        .enqueue::<Work>(jobs, |number| {
            // Every second job shares a limit; the others are free.
            let group = (number % 2 == 0).then(|| format!("group:{}", number / 2 % GROUPS));
            let args = work(4, 2, group.as_deref().unwrap_or_default());
            let limit_key = group.and_then(|group| group.parse().ok());
            (args, EnqueueOptions { limit_key, ..EnqueueOptions::default() })
        })
        .await?;
    for _ in 0..WORKERS {
        fleet.start().await?;
    }
    for round in 0..rounds {
        // The kills are spread over the whole of the work.
        let done = u64::try_from(jobs * round / (rounds + 1))?;
        until("progress", Duration::from_mins(2), async || {
            Ok((fleet.depth(&queue).await?.completed >= done).then_some(()))
        })
        .await?;
        sleep(Duration::from_millis(fleet.entropy.number() % 50)).await;
        fleet.kill_any().await?;
    }
    fleet.until_finished(&queue, Duration::from_mins(10)).await?;

    let evidence = fleet.evidence()?;
    let method = format!(
        "{jobs} jobs of two steps of 4 ms, half of them in {GROUPS} groups of which {LIMIT} may run at a time; {WORKERS} \
         workers of {CONCURRENCY} slots; {rounds} times one of them is killed (SIGKILL) and another one started."
    );
    let mut report = Report::new("Workers killed at random", method);
    ledger::check(&mut report, &fleet.jobs(&ids).await?, &evidence);
    limits(&mut report, &evidence, &fleet);
    let mut rescues = evidence.rescues(&fleet.deaths);
    report.tell("runs that died with their workers", rescues.len());
    report.tell("death to next start, median, in ms", percentile(&mut rescues, 0.5));
    report.at_most(
        "death to next start of jobs without a limit, longest, in ms",
        free(&evidence, &fleet),
        RESCUE_MS,
    );
    Ok(report)
}

/// The longest time from a death to the next start, over the jobs that no limit holds back.
fn free(evidence: &Evidence, fleet: &Fleet) -> i64 {
    evidence.rescues_of(&fleet.deaths, "-").into_iter().max().unwrap_or(0)
}

fn limits(report: &mut Report, evidence: &Evidence, fleet: &Fleet) {
    let most = evidence.most_at_once(&fleet.deaths);
    let limited = most.iter().filter(|(group, _)| group.starts_with("group"));
    let exceeded = limited.clone().filter(|(_, most)| **most > LIMIT as usize).count();
    report.none("groups whose limit was exceeded", exceeded);
    report.tell("most runs of a group at a time", limited.map(|(_, most)| *most).max().unwrap_or(0));
}
