//! `windlass bench`: how fast this machine, this engine and this build are.
//!
//! All jobs live in a queue of their own. On the embedded engine that is in a temporary directory; on Redis the queue is
//! emptied before and after, and nobody else may serve it. Each run also measures what Redis does at its best with values as
//! large as a job, and tells the ratio.

mod backlog;
mod crash;
mod crew;
mod drain;
mod enqueue;
mod filling;
mod http;
mod latency;
mod meter;
mod ping;
mod progress;
mod report;
mod role;
mod runs;
mod stage;
mod tally;

use crate::args::BenchCommand;
use crate::config::Settings;
use crate::failure::Failure;
use runs::repeat;

/// Measures what was asked for and writes the figures.
pub(crate) async fn run(command: BenchCommand, settings: &Settings) -> Result<(), Failure> {
    match command {
        BenchCommand::Enqueue(args) => {
            repeat(&args.measure, settings, async |stage| enqueue::run(stage, &args).await).await
        }
        BenchCommand::Drain(args) => {
            repeat(&args.measure, settings, async |stage| drain::run(stage, &args).await).await
        }
        BenchCommand::Latency(args) => {
            repeat(&args.measure, settings, async |stage| latency::run(stage, &args).await).await
        }
        BenchCommand::Http(args) => {
            repeat(&args.measure, settings, async |stage| http::run(stage, &args).await).await
        }
        BenchCommand::Crash(args) => {
            repeat(&args.measure, settings, async |stage| crash::run(stage, &args).await).await
        }
        BenchCommand::Worker(args) => role::run(&args, settings).await,
    }
}
