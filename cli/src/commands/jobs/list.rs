//! Jobs, page by page.

use std::io::{self, Write};

use serde_json::json;
use windlass_api::JobView;
use windlass_queue::JobFilter;
use windlass_relay::{Archive, ArchiveCursor, ArchiveFilter, Found};
use windlass_shared::{Clock, SystemClock, Timestamp};

use crate::args::{FilterArgs, ListArgs};
use crate::commands::describe::note;
use crate::failure::Failure;
use crate::output::{Cell, Colours, Table};

/// Runs the command.
pub(super) async fn run(args: ListArgs, archive: &Archive, colours: Colours) -> Result<(), Failure> {
    let filter = ArchiveFilter {
        jobs: args.filter.into(),
        error: args.error,
        finished_from: args.finished_from,
        finished_before: args.finished_before,
    };
    let after = args.cursor.as_deref().map(str::parse).transpose()?;
    let (jobs, next) = collect(archive, &filter, after, usize::from(args.limit)).await?;
    let next = next.map(|next| next.to_string());
    let mut out = io::stdout().lock();
    if args.json {
        let jobs: Vec<_> = jobs.into_iter().map(JobView::from).collect();
        writeln!(out, "{:#}", json!({ "jobs": jobs, "next": next }))?;
        return Ok(());
    }
    if jobs.is_empty() {
        writeln!(io::stderr(), "no jobs match")?;
        return Ok(());
    }
    table(&jobs, SystemClock.now()).write(&mut out, colours)?;
    if let Some(next) = next {
        writeln!(io::stderr(), "there are more: repeat with --cursor '{next}'")?;
    }
    Ok(())
}

impl From<FilterArgs> for JobFilter {
    fn from(args: FilterArgs) -> Self {
        let FilterArgs { state, kind, queue, tenant, tag, created_from, created_before } = args;
        Self { queue, state, kind, tenant, tag, created_from, created_before }
    }
}

/// A page may be short, so pages are asked for until there are enough or no more.
async fn collect(
    archive: &Archive,
    filter: &ArchiveFilter,
    mut after: Option<ArchiveCursor>,
    most: usize,
) -> Result<(Vec<Found>, Option<ArchiveCursor>), Failure> {
    let mut jobs = Vec::new();
    loop {
        let page = archive.list(filter, &|_| true, after, most - jobs.len()).await?;
        jobs.extend(page.jobs);
        after = page.next;
        if after.is_none() || jobs.len() >= most {
            return Ok((jobs, after));
        }
    }
}

fn table(jobs: &[Found], now: Timestamp) -> Table {
    let mut table = Table::new(&["ID", "STATE", "KIND", "QUEUE", "ATTEMPT", "CREATED", "NOTE"]);
    for Found { job, .. } in jobs {
        table.row(vec![
            job.id.to_string().into(),
            Cell::state(job.state),
            job.kind.to_string().into(),
            job.queue.to_string().into(),
            format!("{}/{}", job.attempt, job.max_attempts.get()).into(),
            age(job.created_at, now).into(),
            note(job).into(),
        ]);
    }
    table
}

/// How long ago, in its largest unit.
fn age(then: Timestamp, now: Timestamp) -> String {
    match now.since(then).as_secs() {
        seconds @ 0..=59 => format!("{seconds}s ago"),
        seconds @ 60..=3_599 => format!("{}m ago", seconds / 60),
        seconds @ 3_600..=86_399 => format!("{}h ago", seconds / 3_600),
        seconds => format!("{}d ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let now = Timestamp::from_millis(1_000_000_000);
        for (millis, expected) in
            [(0, "0s ago"), (119_000, "1m ago"), (7_200_000, "2h ago"), (200_000_000, "2d ago")]
        {
            assert_eq!(age(Timestamp::from_millis(1_000_000_000 - millis), now), expected);
        }
    }
}
