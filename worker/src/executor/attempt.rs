use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use windlass_queue::{Done, ErasedHandler, Execution, JobContext, RunError};

use crate::core::Core;
use crate::crew::Place;
use crate::holdings::Signals;

/// How long a handler that had its time to stop may take to be dropped.
const LAST_MOMENT: Duration = Duration::from_millis(250);

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
    Returned(Returned),
    /// The handler panicked, with this message.
    Panicked(String),
    /// It was ended.
    Stopped(Cause, Handling),
}

/// Why an attempt was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// It took too long.
    TimedOut,
    /// It was taken away from its handler.
    Interrupted,
    /// The job is to be cancelled, and the handler went on all the same.
    Cancelled,
}

/// What became of a handler whose attempt was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Handling {
    /// It stopped.
    Dropped,
    /// It blocks its thread, and is left behind.
    Stuck,
}

/// A handler at work, in a task of its own: whatever it does there, the one who watches it is free to act.
#[derive(Debug)]
pub(super) struct Attempt {
    /// `None` comes out when the handler was dropped.
    running: JoinHandle<Option<Returned>>,
    drop_handler: CancellationToken,
    /// The threads that it shares with others; `None` when it has one of its own.
    place: Option<Place>,
}

type Returned = Result<Done, RunError>;

impl Attempt {
    /// Calls the handler.
    pub(super) fn start(core: &Core, work: Work, execution: Execution) -> Self {
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
        match execution {
            Execution::Async => {
                let place = core.crews.place();
                let running = core.tasks.spawn_on(&place.threads, run.instrument(span));
                Self { running, drop_handler, place: Some(place) }
            }
            Execution::Blocking => {
                let runtime = Handle::current();
                let running = core.tasks.spawn_blocking(move || runtime.block_on(run.instrument(span)));
                Self { running, drop_handler, place: None }
            }
        }
    }

    /// Waits for the end of the attempt, and brings it about when its time is over, it is interrupted, or its handler
    /// does not heed a cancellation within the worker's grace.
    pub(super) async fn watch(mut self, signals: &Signals, deadline: Instant, core: &Core) -> Ended {
        // An interruption includes the wish that the handler may stop, so this wakes for both.
        let cause = tokio::select! {
            biased;
            () = signals.stop.cancelled() => match self.heed(signals, deadline, core.stop_grace).await {
                Ok(ended) => return ended,
                Err(cause) => cause,
            },
            joined = &mut self.running => return ended(joined),
            () = sleep_until(deadline) => Cause::TimedOut,
        };
        signals.stop.cancel();
        self.stop(cause, core).await
    }

    /// Lets a handler that was asked to stop end by itself, or says why it has to be stopped.
    async fn heed(&mut self, signals: &Signals, deadline: Instant, grace: Duration) -> Result<Ended, Cause> {
        let until = deadline.min(Instant::now() + grace);
        tokio::select! {
            biased;
            () = signals.interrupt.cancelled() => Err(Cause::Interrupted),
            joined = &mut self.running => Ok(ended(joined)),
            () = sleep_until(until) => Err(Cause::Cancelled),
        }
    }

    /// Drops the handler. The job may be given to others only once it has stopped, as far as that can be waited for.
    async fn stop(mut self, cause: Cause, core: &Core) -> Ended {
        self.drop_handler.cancel();
        let patience = match cause {
            Cause::TimedOut | Cause::Interrupted => core.stop_grace,
            Cause::Cancelled => core.stop_grace.min(LAST_MOMENT),
        };
        match timeout(patience, &mut self.running).await {
            Ok(Ok(Some(Ok(done)))) => Ended::Returned(Ok(done)),
            // What a handler that was told to stop says of it is no failure of the job.
            Ok(_) => Ended::Stopped(cause, Handling::Dropped),
            Err(_) => {
                if self.place.as_ref().is_some_and(|place| core.crews.lost(place).is_err()) {
                    core.tasks.broken("crew");
                }
                Ended::Stopped(cause, Handling::Stuck)
            }
        }
    }
}

/// What came out of the task of a handler that nobody told to stop.
fn ended(joined: Result<Option<Returned>, JoinError>) -> Ended {
    const INTERRUPTED: Ended = Ended::Stopped(Cause::Interrupted, Handling::Dropped);
    match joined {
        Ok(Some(returned)) => Ended::Returned(returned),
        Ok(None) => INTERRUPTED,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => Ended::Panicked(message(panic.as_ref())),
            // The runtime is shutting down.
            Err(_) => INTERRUPTED,
        },
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("the handler panicked without a message").to_owned()
}
