//! Workers are killed at random, again and again.

use std::num::NonZeroU32;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tokio::time::sleep;
use windlass_queue::{EnqueueOptions, Limit, LimitScope};
use windlass_shared::LimitKey;

use crate::evidence::Evidence;
use crate::fleet::{Fleet, queue_of, work};
use crate::report::{Report, percentile};
use crate::worker::Work;
use crate::{Stage, ledger};

const WORKERS: usize = 3;
const CONCURRENCY: usize = 8;
/// The groups that half of the jobs belong to, and how many of each may run at a time: fewer than there are slots, so
/// that it is the limit that holds them back.
const GROUPS: usize = 3;
const LIMIT: usize = 4;
/// The jobs of the control, which has no limit.
const CONTROL: usize = 300;
/// How long a rescue may take.
const RESCUE_MS: i64 = 15_000;
/// Every so many kills, the oldest worker is killed.
const OLDEST_EVERY: usize = 20;
/// How many jobs are enqueued before each kill, how long their steps take, and when the kill comes at the latest.
const JOBS_A_KILL: usize = 100;
const STEP_MS: u64 = 5;
const AT_WORK_MS: u64 = 60;

pub(crate) async fn run(stage: &Stage) -> Result<Report> {
    let rounds = stage.size.of(12, 200);
    let jobs = rounds * JOBS_A_KILL;
    // The longest pause between a kill and the next jobs. With more kills in a short time some innocent job would be there
    // three times, the third time alone, and be discarded, as the guarantees say.
    let pause_ms = u64::try_from(stage.size.of(1_000, 2_000))?;
    let mut fleet = Fleet::new(stage, CONCURRENCY).await?;
    let queue = queue_of::<Work>()?;
    for _ in 0..WORKERS {
        fleet.start().await?;
    }
    // The same keys before they have a limit: the measurement must see what a limit would forbid.
    let mut ids =
        fleet.enqueue::<Work>(CONTROL, |number| of_group("control", number * GROUPS / CONTROL)).await?;
    fleet.until_finished(&queue, Duration::from_mins(1)).await?;

    let each_group: LimitScope = "key:group:*".parse()?;
    let limit = Limit { concurrency: NonZeroU32::new(u32::try_from(LIMIT)?), rate: None };
    fleet.engine.set_limit(&queue, &each_group, Some(limit)).await?;
    let make = |number: usize| match number % 2 {
        // Every second job shares a limit with all that are near it; the others are free.
        0 => of_group("group", number * GROUPS / jobs),
        _ => (work(STEP_MS, 2, ""), EnqueueOptions::default()),
    };
    for round in 0..rounds {
        sleep(Duration::from_millis(fleet.entropy.number() % pause_ms)).await;
        // Just before the kill, so that it meets both sorts at work.
        let first = round * JOBS_A_KILL;
        ids.extend(fleet.enqueue::<Work>(JOBS_A_KILL, |number| make(first + number)).await?);
        sleep(Duration::from_millis(fleet.entropy.number() % AT_WORK_MS)).await;
        // The others see deaths only while they live themselves, so the oldest is killed now and then only.
        if round % OLDEST_EVERY == 0 {
            fleet.kill_oldest().await?;
        } else {
            fleet.kill_younger().await?;
        }
    }
    fleet.until_finished(&queue, Duration::from_mins(10)).await?;

    let method = format!(
        "{WORKERS} workers of {CONCURRENCY} slots. {rounds} times {JOBS_A_KILL} jobs of two steps of {STEP_MS} ms are \
         enqueued, half of them in one of {GROUPS} groups of which {LIMIT} may run at a time; within {AT_WORK_MS} ms one of \
         the workers is killed (SIGKILL), and another one started; the oldest worker only every {OLDEST_EVERY}th time. \
         Between kills is up to {pause_ms} ms. Before that {CONTROL} jobs of the same groups without a limit, as a control."
    );
    let mut report = Report::new("Workers killed at random", method);
    ledger::check(&mut report, &fleet, &ids).await?;
    let evidence = fleet.evidence()?;
    limits(&mut report, &evidence, &fleet);
    let mut rescues = evidence.rescues(&fleet.deaths, None, |died| died);
    report.at_least("runs that died with their workers", rescues.len(), 1);
    report.tell("death to next start, median, in ms", percentile(&mut rescues, 0.5));
    let seen = |died| fleet.seen(died, RESCUE_MS);
    let free = evidence.rescues(&fleet.deaths, Some("-"), seen);
    report.at_least("runs of jobs without a limit among them", free.len(), 1);
    report.at_most(
        "death, and somebody there to see it, to next start of these, longest, in ms",
        free.into_iter().max().unwrap_or(0),
        RESCUE_MS,
    );
    Ok(report)
}

/// A job of this group; the evidence has it under `name`.
fn of_group(name: &str, group: usize) -> (Value, EnqueueOptions) {
    let limit_key: Option<LimitKey> = format!("group:{group}").parse().ok();
    (work(STEP_MS, 2, &format!("{name}:{group}")), EnqueueOptions { limit_key, ..EnqueueOptions::default() })
}

fn limits(report: &mut Report, evidence: &Evidence, fleet: &Fleet) {
    let most = evidence.most_at_once(&fleet.deaths);
    let of = |name: &str| -> Vec<usize> {
        most.iter().filter(|(group, _)| group.starts_with(name)).map(|(_, most)| *most).collect()
    };
    let (control, limited) = (of("control"), of("group"));
    report.at_least(
        "most runs of a group at a time in the control, without a limit",
        control.into_iter().max().unwrap_or(0),
        LIMIT + 1,
    );
    report.none("groups whose limit was exceeded", limited.iter().filter(|most| **most > LIMIT).count());
    report.at_least("most runs of a group at a time", limited.into_iter().max().unwrap_or(0), LIMIT);
}
