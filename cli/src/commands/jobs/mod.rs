//! `windlass jobs`: what is in the queues, and what people order for it.

mod bulk;
mod count;
mod each;
mod list;
mod show;

use serde_json::Value;
use windlass_jobs::operations::BulkVerb;
use windlass_shared::Priority;

use crate::args::{JobsCommand, SteerArgs};
use crate::compose;
use crate::config::Settings;
use crate::failure::Failure;
use crate::output::Colours;

use super::enqueue::json_of;

/// Runs the command.
pub(crate) async fn run(command: JobsCommand, settings: &Settings, colours: Colours) -> Result<(), Failure> {
    match command {
        JobsCommand::Ls(args) => list::run(args, &compose::archive(settings).await?, colours).await,
        JobsCommand::Show(args) => show::run(&args, &compose::archive(settings).await?, colours).await,
        JobsCommand::Cancel(args) => steer(Order::of(BulkVerb::Cancel), args, settings).await,
        JobsCommand::Delete(args) => steer(Order::of(BulkVerb::Delete), args, settings).await,
        JobsCommand::Retry(args) => {
            let changed = args.args.as_deref().map(json_of).transpose()?;
            if changed.is_some() && args.steer.which.ids.len() != 1 {
                return Err(Failure::Args("is for one job; name one id".to_owned()));
            }
            steer(Order { args: changed, ..Order::of(BulkVerb::Retry) }, args.steer, settings).await
        }
        JobsCommand::Reprioritize(args) => {
            let priority = Some(Priority::new(args.priority)?);
            steer(Order { priority, ..Order::of(BulkVerb::Reprioritize) }, args.steer, settings).await
        }
    }
}

/// What is done to jobs.
#[derive(Debug)]
struct Order {
    verb: BulkVerb,
    /// For `reprioritize`.
    priority: Option<Priority>,
    /// For `retry`.
    args: Option<Value>,
}

impl Order {
    const fn of(verb: BulkVerb) -> Self {
        Self { verb, priority: None, args: None }
    }
}

/// A few jobs are steered from here; many are the work of a job.
async fn steer(order: Order, args: SteerArgs, settings: &Settings) -> Result<(), Failure> {
    let client = compose::client(settings)?;
    if !args.which.ids.is_empty() {
        return each::run(&order, &args.which.ids, &client, args.json).await;
    }
    if args.which.dry_run {
        return count::run(&order, args.which.filter.into(), client.engine().as_ref(), args.json).await;
    }
    bulk::run(&order, args.which.filter, &client, args.json).await
}
