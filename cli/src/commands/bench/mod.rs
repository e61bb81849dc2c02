//! `windlass bench`: how fast this machine, this engine and this build are.
//!
//! Everything runs in this process, producer and worker alike, on a queue of its own; on the embedded engine also
//! in a temporary directory of its own, so that no job of anybody's is touched.

mod drain;
mod latency;
mod ping;
mod report;
mod stage;

use crate::args::BenchCommand;
use crate::config::Settings;
use crate::failure::Failure;

/// Measures what was asked for and writes the figures, people's first and the JSON object last.
pub(crate) async fn run(command: BenchCommand, settings: &Settings) -> Result<(), Failure> {
    match command {
        BenchCommand::Drain(args) => report::write(&drain::run(&args, settings).await?, args.json),
        BenchCommand::Latency(args) => report::write(&latency::run(&args, settings).await?, args.json),
    }
}
