use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use windlass_queue::{ErasedHandler, Execution, JobContext, RunError};

use crate::core::Core;
use crate::holdings::Signals;
use crate::tasks::Tasks;

/// What a handler is called with.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) handler: Arc<dyn ErasedHandler>,
    pub(super) args: Bytes,
    pub(super) context: JobContext,
}

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The handler returned.
    Returned(Result<Option<Bytes>, RunError>),
    /// The handler panicked, with this message.
    Panicked(String),
    /// It took too long.
    TimedOut,
    /// It was taken away from its handler.
    Interrupted,
}

/// A handler at work, in a task of its own: whatever it does there, the one who watches it is free to act.
#[derive(Debug)]
pub(super) struct Attempt {
    /// `None` comes out when the handler was dropped.
    running: JoinHandle<Option<Returned>>,
    drop_handler: CancellationToken,
}

type Returned = Result<Option<Bytes>, RunError>;

impl Attempt {
    /// Calls the handler.
    pub(super) fn start(tasks: &Tasks, work: Work, execution: Execution) -> Self {
        let drop_handler = CancellationToken::new();
        let dropped = drop_handler.clone();
        let span = tracing::Span::current();
        let run = async move {
            tokio::select! {
                biased;
                () = dropped.cancelled() => None,
                returned = work.handler.run(&work.args, &work.context) => Some(returned),
            }
        };
        let running = match execution {
            Execution::Async => tasks.spawn(run.instrument(span)),
            Execution::Blocking => {
                let runtime = Handle::current();
                tasks.spawn_blocking(move || runtime.block_on(run.instrument(span)))
            }
        };
        Self { running, drop_handler }
    }

    /// Waits for the end of the attempt, and brings it about when its time is over or it is interrupted.
    pub(super) async fn watch(mut self, signals: &Signals, deadline: Instant, core: &Core) -> Ended {
        let cause = tokio::select! {
            biased;
            () = signals.interrupt.cancelled() => Ended::Interrupted,
            joined = &mut self.running => return ended(joined),
            () = sleep_until(deadline) => Ended::TimedOut,
        };
        signals.stop.cancel();
        self.drop_handler.cancel();
        // The job may be given to others only once its handler has stopped, as far as that can be waited for.
        match timeout(core.stop_grace, &mut self.running).await {
            Ok(Ok(Some(Ok(result)))) => Ended::Returned(Ok(result)),
            // What a handler that was told to stop says of it is no failure of the job.
            Ok(_) => cause,
            Err(_) => {
                core.tally.stuck.fetch_add(1, Ordering::Relaxed);
                tracing::error!(
                    event = "job.stuck",
                    "a handler blocks its thread and does not stop; it is left behind, its result will not count"
                );
                cause
            }
        }
    }
}

/// What came out of the task of a handler that nobody told to stop.
fn ended(joined: Result<Option<Returned>, JoinError>) -> Ended {
    match joined {
        Ok(Some(returned)) => Ended::Returned(returned),
        Ok(None) => Ended::Interrupted,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => Ended::Panicked(message(panic.as_ref())),
            // The runtime is shutting down.
            Err(_) => Ended::Interrupted,
        },
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("the handler panicked without a message").to_owned()
}
