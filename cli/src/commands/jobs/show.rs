//! One job with all that is known of it.

use std::io::{self, Write};

use serde_json::json;
use windlass_api::JobView;
use windlass_relay::{Archive, Source};

use crate::args::ShowArgs;
use crate::commands::describe::describe;
use crate::failure::Failure;
use crate::output::Colours;

/// Runs the command.
pub(super) async fn run(args: &ShowArgs, archive: &Archive, colours: Colours) -> Result<(), Failure> {
    let found = archive.job(args.id).await?.ok_or(Failure::NoJob(args.id))?;
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{:#}", json!(JobView::from(found)))?;
        return Ok(());
    }
    describe(&found.job, &mut out, colours)?;
    if found.source == Source::History {
        writeln!(io::stderr(), "its queue holds it no longer: this is what the history knows")?;
    }
    Ok(())
}
