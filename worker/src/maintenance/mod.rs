//! What any worker does for its queues besides running jobs; several may do it at once.

mod promote;
mod prune;
mod relay;
mod rescue;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::sleep;
use windlass_queue::EngineError;

pub(crate) use self::promote::Promote;
pub(crate) use self::prune::Prune;
pub(crate) use self::relay::Relay;
pub(crate) use self::rescue::Rescue;
use crate::core::{Core, ServedQueue};

/// Something that is done for a queue again and again.
#[async_trait]
pub(crate) trait Chore: Debug + Send + 'static {
    /// What it is called: the verb of its transition.
    const NAME: &'static str;
    /// How long it pauses after each time.
    const EVERY: Duration;
    /// What it tells when it is done.
    type Report: Debug + Send;

    /// Does it once.
    async fn run_once(&mut self) -> Result<Self::Report, EngineError>;

    /// Returns when it should be done before its next time comes; for most never.
    async fn called(&mut self) {
        std::future::pending::<()>().await;
    }
}

/// Repeats a chore until the worker ends. It may be cut off anywhere: each call can be repeated without harm.
pub(crate) async fn repeat<C: Chore>(mut todo: C, core: Arc<Core>, queue: Arc<ServedQueue>) {
    let mut outage = core.outage(C::NAME, &queue.name);
    let chores = async {
        loop {
            let pause = match todo.run_once().await {
                Ok(report) => {
                    outage.over();
                    tracing::trace!(event = "chore.done", chore = C::NAME, queue = %queue.name, ?report, "done");
                    core.jittered(C::EVERY)
                }
                Err(error) => {
                    sleep(outage.failed(&error).max(C::EVERY.min(Duration::from_secs(1)))).await;
                    continue;
                }
            };
            tokio::select! {
                () = sleep(pause) => {}
                () = todo.called() => {}
            }
        }
    };
    tokio::select! {
        () = core.phases.end.cancelled() => {}
        () = chores => {}
    }
}
