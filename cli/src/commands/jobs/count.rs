//! What an order would concern, without doing it.

use std::io::{self, Write};

use serde_json::json;
use windlass_jobs::operations::BulkVerb;
use windlass_queue::{Bulk, BulkAction, BulkPosition, BulkStep, Engine, JobFilter};
use windlass_shared::{Clock, SystemClock};

use super::Order;
use crate::failure::Failure;

/// Counts from here, so that it needs no worker.
pub(super) async fn run(
    order: &Order,
    filter: JobFilter,
    engine: &dyn Engine,
    json: bool,
) -> Result<(), Failure> {
    let began_at = SystemClock.now();
    let bulk = Bulk { action: action(order), filter, dry_run: true, began_at };
    let mut position = BulkPosition::default();
    let tally = loop {
        match bulk.step(engine, &position).await? {
            BulkStep::More(next) => position = next,
            BulkStep::Done(tally) => break tally,
        }
    };
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{:#}", json!(tally))?;
    } else {
        writeln!(out, "{} jobs match; nothing was changed", tally.matched)?;
    }
    Ok(())
}

fn action(order: &Order) -> BulkAction {
    match order.verb {
        BulkVerb::Cancel => BulkAction::Cancel,
        BulkVerb::Retry => BulkAction::Retry,
        BulkVerb::Delete => BulkAction::Delete,
        BulkVerb::Reprioritize => BulkAction::Reprioritize(order.priority.unwrap_or_default()),
    }
}
