use windlass_queue::{Client, Pause};

use super::{engine_of, tell};
use crate::args::queues::{PauseArgs, ResumeArgs};
use crate::failure::Failure;

/// Holds something up.
pub(super) async fn pause(args: PauseArgs, client: &Client) -> Result<(), Failure> {
    let engine = engine_of(&args.queue, client).await?;
    let lasts = args.lasts.map_or_else(|| "until it is resumed".to_owned(), |length| format!("for {length}"));
    let done = format!("{} is paused {lasts}; running jobs go on", args.scope);
    let pause = Pause { scope: args.scope, lasts: args.lasts.map(|length| length.0), note: args.note };
    pause.check()?;
    engine.pause(&args.queue.queue, &pause).await?;
    tell(&done, &args.queue, engine).await
}

/// Ends a pause or a hold.
pub(super) async fn resume(args: &ResumeArgs, client: &Client) -> Result<(), Failure> {
    let engine = engine_of(&args.queue, client).await?;
    let resumed = engine.resume(&args.queue.queue, &args.scope).await?;
    let done = if resumed { "goes on" } else { "was not paused" };
    tell(&format!("{} {done}", args.scope), &args.queue, engine).await
}
