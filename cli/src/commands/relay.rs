//! `windlass relay`: what has happened goes into the history, and what applications wrote goes to the queue.

use crate::compose::{self, Migrates};
use crate::config::Settings;
use crate::failure::Failure;
use crate::signals::StopSignals;

/// Runs the role until it is told to stop.
pub(crate) async fn run(settings: &Settings) -> Result<(), Failure> {
    if !compose::has_certain_store(settings) {
        return Err(Failure::NoDatabase);
    }
    let mut signals = StopSignals::listen()?;
    let client = compose::client(settings)?;
    let store = compose::ready_store(settings, Migrates::Operator).await?;
    let database = store.database().describe();
    let relay = compose::relay(settings, client, store)?.start();
    tracing::info!(engine = compose::describe(settings), %database, "the relay runs");
    signals.next().await;
    tracing::info!(
        "stopping after the step that is under way; a second signal cuts it off, which loses nothing"
    );
    tokio::select! {
        () = relay.stop() => {}
        () = signals.next() => {}
    }
    Ok(())
}
