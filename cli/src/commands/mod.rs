//! The roles and the tools, one file each.

mod api;
mod bar;
mod batches;
mod bench;
mod check_config;
mod describe;
mod dev;
mod enqueue;
mod follow;
mod jobs;
mod listening;
mod queues;
mod sheet;
mod why;
mod worker;

use crate::args::Command;
use crate::banner::Invocation;
use crate::config::{Environment, Loaded};
use crate::failure::Failure;
use crate::output::Colours;

/// Does what was asked.
pub(crate) async fn run(command: Command, loaded: Loaded, environment: &Environment) -> Result<(), Failure> {
    let colours = Colours::of(&std::io::stdout(), environment);
    let Loaded { settings, shown, warnings: _ } = loaded;
    match command {
        Command::Dev(_) => dev::run(settings, &Invocation::of(environment), colours).await,
        Command::Api(_) => api::run(&settings).await,
        Command::Worker(_) => worker::run(&settings).await,
        Command::Enqueue(args) => enqueue::run(args, &settings).await,
        Command::Jobs(command) => jobs::run(command, &settings, colours).await,
        Command::Why(args) => why::run(&args, &settings).await,
        Command::Queues(command) => queues::run(command, &settings, colours).await,
        Command::Batches(command) => batches::run(command, &settings, colours).await,
        Command::Bench(command) => bench::run(command, &settings).await,
        Command::CheckConfig => check_config::run(shown, colours),
    }
}
