//! `windlass history`: how far what has happened is recorded, and what is missing.

use std::io::{self, Write};

use serde_json::json;
use windlass_api::HistoryView;
use windlass_relay::{QueueProgress, progress};

use crate::args::HistoryArgs;
use crate::compose::{self, Migrates};
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::{Colours, Table};

/// Runs the command.
pub(crate) async fn run(args: &HistoryArgs, settings: &Settings, colours: Colours) -> Result<(), Failure> {
    let store = compose::ready_store(settings, Migrates::Operator).await?;
    let engine = compose::engine(settings)?;
    let queues = progress(&engine, &store.history(), compose::clock().as_ref()).await?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", json!(HistoryView::from(queues)))?;
        return Ok(());
    }
    if queues.is_empty() {
        writeln!(io::stderr(), "nothing has happened yet, so nothing is recorded")?;
        return Ok(());
    }
    table(&queues).write(&mut out, colours)?;
    if queues.iter().any(|queue| queue.behind > 0) {
        writeln!(
            io::stderr(),
            "what waits is recorded by `windlass relay`, `windlass dev` or a worker that is told the database"
        )?;
    }
    Ok(())
}

fn table(queues: &[QueueProgress]) -> Table {
    let mut table = Table::new(&["QUEUE", "RECORDED", "WAITING", "FOR", "LOST", "FOUND AGAIN", "LAST GAP"]);
    for QueueProgress { queue, position, behind, lag } in queues {
        let position = position.as_ref();
        let last_gap = position.and_then(|position| position.last_gap_at);
        table.row(vec![
            queue.to_string().into(),
            position.map_or(0, |position| position.recorded).to_string().into(),
            behind.to_string().into(),
            format!("{:.1} s", lag.as_secs_f64()).into(),
            position.map_or(0, |position| position.missed).to_string().into(),
            position.map_or(0, |position| position.repaired).to_string().into(),
            last_gap.map_or_else(|| "-".to_owned(), |at| at.to_string()).into(),
        ]);
    }
    table
}
