//! One tenant of ten thousand has a million jobs. How long do the others wait?

use std::collections::HashMap;
use std::time::Duration;

use anyhow::Result;
use windlass_queue::EnqueueOptions;
use windlass_shared::{JobId, JobState};
use windlass_tests::until;

use crate::Stage;
use crate::fleet::{Fleet, queue_of, work};
use crate::report::{Report, percentile};
use crate::worker::Work;

const CONCURRENCY: usize = 100;

pub(crate) async fn run(stage: &Stage) -> Result<Report> {
    let (tenants, backlog) = (stage.size.of(500, 10_000) - 1, stage.size.of(20_000, 1_000_000));
    let mut fleet = Fleet::new(stage, CONCURRENCY).await?;
    fleet.start().await?;

    let mut without = measure(&fleet, tenants).await?;
    enqueue_for(&fleet, backlog, |_| "big".to_owned()).await?;
    let mut with = measure(&fleet, tenants).await?;
    let left = fleet.depth(&queue_of::<Work>()?).await?.unfinished();

    let method = format!(
        "{tenants} tenants enqueue one job each, as fast as one producer can; one worker of {CONCURRENCY} slots. Then the \
         same again while another tenant has {backlog} jobs waiting. Time from enqueue to start."
    );
    let mut report = Report::new("One tenant among many", method);
    let (base, beside) = (percentile(&mut without, 0.99), percentile(&mut with, 0.99));
    report.tell("p50 without the large tenant, in ms", percentile(&mut without, 0.5));
    report.tell("p50 beside it, in ms", percentile(&mut with, 0.5));
    report.tell("p99 without the large tenant, in ms", base);
    match stage.size {
        // Times on a busy machine are no test.
        crate::Size::Small => report.tell("p99 beside it, in ms", beside),
        crate::Size::Full => report.at_most("p99 beside it, in ms", beside, 2 * base),
    }
    report.at_least("jobs of the large tenant that still waited at the end", left, 1);
    Ok(report)
}

/// The milliseconds from enqueue to start of one job of each tenant.
async fn measure(fleet: &Fleet, tenants: usize) -> Result<Vec<i64>> {
    let ids = enqueue_for(fleet, tenants, |number| format!("tenant-{number}")).await?;
    until("a start for each tenant", Duration::from_mins(5), async || {
        let jobs = fleet.jobs(&ids).await?;
        let is_done = |job: &Option<windlass_queue::Job>| {
            job.as_ref().is_some_and(|job| job.state == JobState::Completed)
        };
        Ok(jobs.iter().all(is_done).then_some(()))
    })
    .await?;
    let created: HashMap<_, _> = fleet
        .jobs(&ids)
        .await?
        .into_iter()
        .flatten()
        .map(|job| (job.id, job.created_at.as_millis()))
        .collect();
    let first_starts = fleet.evidence()?.first_starts();
    Ok(created.iter().filter_map(|(id, at)| Some(first_starts.get(id)? - at)).collect())
}

async fn enqueue_for(fleet: &Fleet, count: usize, tenant: impl Fn(usize) -> String) -> Result<Vec<JobId>> {
    fleet
        .enqueue::<Work>(count, |number| {
            let tenant = tenant(number).parse().unwrap_or_default();
            (work(0, 0, ""), EnqueueOptions { tenant, ..EnqueueOptions::default() })
        })
        .await
}
