//! `windlass batches`: how far batches have come.

use std::io::{self, Write};

use serde_json::json;
use windlass_api::BatchView;
use windlass_queue::{Batch, Engine};

use super::sheet::Sheet;
use crate::args::BatchesCommand;
use crate::args::batches::ShowArgs;
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::{Colours, Style};

/// Runs the command.
pub(crate) async fn run(
    command: BatchesCommand,
    settings: &Settings,
    colours: Colours,
) -> Result<(), Failure> {
    let engine = compose::engine(settings)?;
    match command {
        BatchesCommand::Show(args) => show(&args, engine.as_ref(), colours).await,
    }
}

async fn show(args: &ShowArgs, engine: &dyn Engine, colours: Colours) -> Result<(), Failure> {
    let batch = engine.batch(args.id).await?.ok_or(Failure::NoBatch(args.id))?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", json!(BatchView::from(batch)))?;
        return Ok(());
    }
    describe(&batch, &mut out, colours).map_err(Failure::from)
}

fn describe(batch: &Batch, out: &mut impl Write, colours: Colours) -> io::Result<()> {
    let (state, style) = match (batch.finished_at, batch.sealed) {
        (Some(_), _) => ("finished", Style::Green),
        (None, true) => ("running", Style::Cyan),
        (None, false) => ("open", Style::Yellow),
    };
    writeln!(out, "batch {} {}", batch.id, colours.paint(style, state))?;
    let mut sheet = Sheet::new(out, colours);
    if !batch.description.is_empty() {
        sheet.fact("description", &batch.description)?;
    }
    sheet.fact("queue", &batch.queue)?;
    sheet.fact("tenant", &batch.tenant)?;
    sheet.fact("jobs", batch.total)?;
    for (name, count) in [
        ("pending", batch.pending),
        ("completed", batch.completed),
        ("cancelled", batch.cancelled),
        ("discarded", batch.discarded),
    ] {
        sheet.fact(name, count)?;
    }
    if let Some(callback) = batch.callback {
        sheet.fact("callback", callback)?;
    }
    sheet.fact("opened", batch.created_at)?;
    batch.finished_at.map_or(Ok(()), |at| sheet.fact("finished", at))
}
