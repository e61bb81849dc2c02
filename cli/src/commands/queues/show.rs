use std::io::{self, Write};

use serde_json::json;
use windlass_api::QueueView;
use windlass_queue::Client;

use super::describe::describe;
use super::engine_of;
use crate::args::queues::QueueArgs;
use crate::failure::Failure;
use crate::output::Colours;

/// Shows all that is known of one queue.
pub(super) async fn run(args: &QueueArgs, client: &Client, colours: Colours) -> Result<(), Failure> {
    let engine = engine_of(args, client).await?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", json!(QueueView::of(engine, &args.queue).await?))?;
        return Ok(());
    }
    let depth = engine.depth(&args.queue).await?;
    let rules = engine.rules(&args.queue).await?;
    let workers = engine.workers(&args.queue).await?;
    writeln!(out, "queue {}", args.queue)?;
    Ok(describe(&depth, &rules, &workers, &mut out, colours)?)
}
