//! One job with all that is known of it.

use std::io::{self, Write};

use serde_json::json;
use windlass_api::JobView;
use windlass_queue::Engine;

use crate::args::ShowArgs;
use crate::commands::describe::describe;
use crate::failure::Failure;
use crate::output::Colours;

/// Runs the command.
pub(super) async fn run(args: &ShowArgs, engine: &dyn Engine, colours: Colours) -> Result<(), Failure> {
    let found = engine.get(&[args.id]).await?.pop().flatten();
    let job = found.ok_or(Failure::NoJob(args.id))?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", json!(JobView::from(job)))?;
        return Ok(());
    }
    describe(&job, &mut out, colours).map_err(Failure::from)
}
