//! The roles and the tools, one file each.

mod api;
mod audit;
mod bar;
mod batches;
mod bench;
mod check_config;
mod describe;
mod dev;
mod enqueue;
mod follow;
mod history;
mod jobs;
mod keys;
mod listening;
mod migrate;
mod noted;
mod organizations;
mod outbox;
mod queues;
mod relay;
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
        Command::Relay => relay::run(&settings).await,
        Command::Enqueue(args) => enqueue::run(args, &settings).await,
        Command::Jobs(command) => jobs::run(command, &settings, colours).await,
        Command::Why(args) => why::run(&args, &settings).await,
        Command::Queues(command) => queues::run(command, &settings, colours).await,
        Command::Batches(command) => batches::run(command, &settings, colours).await,
        Command::Keys(command) => keys::run(command, &settings, colours).await,
        Command::Organizations(command) => organizations::run(command, &settings, colours).await,
        Command::Audit(args) => audit::run(args, &settings, colours).await,
        Command::History(args) => history::run(&args, &settings, colours).await,
        Command::Outbox(command) => outbox::run(command, &settings, colours).await,
        Command::Migrate(command) => migrate::run(command, &settings, colours).await,
        Command::Bench(command) => bench::run(command, &settings).await,
        Command::CheckConfig => check_config::run(shown, colours),
    }
}
