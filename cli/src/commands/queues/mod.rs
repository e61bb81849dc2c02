//! `windlass queues`: what is in them, what holds for them, and who works for them.

mod describe;
mod limits;
mod list;
mod pauses;
mod policy;
mod show;

pub(super) use limits::in_force;

use std::io::{self, Write};

use serde_json::json;
use windlass_api::QueueView;
use windlass_queue::{Client, Engine};

use crate::args::QueuesCommand;
use crate::args::queues::QueueArgs;
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::Colours;

/// Runs the command.
pub(crate) async fn run(
    command: QueuesCommand,
    settings: &Settings,
    colours: Colours,
) -> Result<(), Failure> {
    let client = compose::client(settings)?;
    match command {
        QueuesCommand::Ls(args) => list::run(&args, &client, colours).await,
        QueuesCommand::Show(args) => show::run(&args, &client, colours).await,
        QueuesCommand::Pause(args) => pauses::pause(args, &client).await,
        QueuesCommand::Resume(args) => pauses::resume(&args, &client).await,
        QueuesCommand::Drain(args) => policy::drain(&args, &client).await,
        QueuesCommand::Undrain(args) => policy::undrain(&args, &client).await,
        QueuesCommand::Limit(args) => limits::limit(&args, &client).await,
        QueuesCommand::Tenant(args) => limits::tenant(&args, &client).await,
        QueuesCommand::Policy(args) => policy::set(&args, &client).await,
    }
}

/// The engine, once it is known that there is such a queue: one that exists, or that a kind lives in.
async fn engine_of<'a>(args: &QueueArgs, client: &'a Client) -> Result<&'a dyn Engine, Failure> {
    let engine = client.engine().as_ref();
    let mut known = client.catalog().queues();
    if !known.contains(&args.queue) {
        known.extend(engine.queues().await?);
    }
    if known.contains(&args.queue) {
        return Ok(engine);
    }
    known.sort();
    known.dedup();
    Err(Failure::NoQueue { queue: args.queue.clone(), known })
}

/// Tells what was done: in a sentence, or as what now holds for the queue.
async fn tell(done: &str, args: &QueueArgs, engine: &dyn Engine) -> Result<(), Failure> {
    if !args.json {
        return Ok(writeln!(io::stdout(), "queue {}: {done}", args.queue)?);
    }
    let queue = QueueView::of(engine, &args.queue).await?;
    Ok(writeln!(io::stdout(), "{:#}", json!(queue))?)
}
