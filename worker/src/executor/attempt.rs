use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use futures::task::AtomicWaker;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout};
use tracing::Span;
use windlass_queue::{ClaimedJob, Done, RunError};

use super::course::Course;
use super::{Executor, LAST_MOMENT};
use crate::claimer::StartedJob;
use crate::crew::Place;
use crate::holdings::Signals;

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

/// What came of a handler.
#[derive(Debug)]
pub(super) enum Handled {
    /// It returned.
    Returned(Returned),
    /// It panicked, with this message.
    Panicked(String),
    /// It was dropped before its end.
    Dropped,
}

pub(super) type Returned = Result<Done, RunError>;

/// One attempt, as those share it who run its handler and who watch it. Whoever finds its end first, tells it.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) job: ClaimedJob,
    pub(super) deadline: Instant,
    pub(super) span: Span,
    pub(super) signals: Signals,
    executor: Arc<Executor>,
    /// Somebody has taken it up: to run the handler, or to see to it that this never happens.
    taken: AtomicBool,
    /// The handler is to be dropped.
    unwanted: AtomicBool,
    /// Why the one who watches stops the handler: a [`Cause`], or none yet.
    cause: AtomicU8,
    /// Somebody tells its end.
    told: AtomicBool,
    /// Its end has been handed on.
    over: AtomicBool,
    ended: Notify,
    /// Wakes the task in which the handler waits.
    handler: AtomicWaker,
}

impl Attempt {
    /// An attempt that starts now.
    pub(super) fn new(executor: Arc<Executor>, started: StartedJob, deadline: Instant) -> Self {
        let StartedJob { job, signals } = started;
        let span = tracing::info_span!(
            "job.run",
            queue = %executor.queue.name, job.id = %job.claim.job, job.kind = %job.kind, job.attempt = job.attempt,
        );
        Self {
            job,
            deadline,
            span,
            signals,
            executor,
            taken: AtomicBool::new(false),
            unwanted: AtomicBool::new(false),
            cause: AtomicU8::new(0),
            told: AtomicBool::new(false),
            over: AtomicBool::new(false),
            ended: Notify::new(),
            handler: AtomicWaker::new(),
        }
    }

    /// Calls the handler, unless the attempt has ended before it could start.
    pub(super) fn begin(self: &Arc<Self>) -> Option<Course> {
        if self.taken.swap(true, Ordering::AcqRel) {
            return None;
        }
        if self.signals.is_interrupted() {
            self.end(Handled::Dropped);
            return None;
        }
        let Some(handler) = self.executor.core.registry.handler(&self.job.kind).cloned() else {
            self.end(Handled::Dropped);
            return None;
        };
        let (args, context) = (self.job.args.clone(), self.executor.context(self));
        Some(Course::new(Arc::clone(self), async move { handler.run(&args, &context).await }))
    }

    /// Whether the handler is to be dropped; if not, `waker` is called once it is.
    pub(super) fn is_unwanted(&self, waker: &std::task::Waker) -> bool {
        self.handler.register(waker);
        self.unwanted.load(Ordering::Acquire)
    }

    /// Whether its end is known to all.
    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// The handler is gone, and this came of it.
    pub(super) fn end(&self, handled: Handled) {
        // What stops the handler may not have been heard by the one who watches yet, or nobody watches.
        let cause = self.cause().or_else(|| self.signals.is_interrupted().then_some(Cause::Interrupted));
        self.tell(match (cause, handled) {
            (_, Handled::Returned(Ok(done))) => Ended::Returned(Ok(done)),
            // What a handler that was told to stop says of it is no failure of the job.
            (Some(cause), _) => Ended::Stopped(cause, Handling::Dropped),
            (None, Handled::Returned(returned)) => Ended::Returned(returned),
            (None, Handled::Panicked(message)) => Ended::Panicked(message),
            (None, Handled::Dropped) => Ended::Stopped(Cause::Interrupted, Handling::Dropped),
        });
    }

    /// Waits for the end of the attempt, and brings it about when its time is over, it is interrupted, or its handler
    /// does not heed a cancellation within the worker's grace. `place` is where the handler shares threads with others.
    pub(super) async fn watch(&self, place: Option<&Place>) {
        // An interruption includes the wish that the handler may stop, so this wakes for both.
        let cause = tokio::select! {
            biased;
            () = self.signals.stop.cancelled() => match self.heed().await {
                Some(cause) => cause,
                None => return,
            },
            () = self.ended() => return,
            () = sleep_until(self.deadline) => Cause::TimedOut,
        };
        self.signals.stop.cancel();
        self.stop(cause, place).await;
    }

    /// Lets a handler that was asked to stop end by itself, or says why it has to be stopped.
    async fn heed(&self) -> Option<Cause> {
        let until = self.deadline.min(Instant::now() + self.executor.core.stop_grace);
        tokio::select! {
            biased;
            () = self.signals.interrupted() => Some(Cause::Interrupted),
            () = self.ended() => None,
            () = sleep_until(until) => Some(Cause::Cancelled),
        }
    }

    /// Drops the handler. The job may be given to others only once it has stopped, as far as that can be waited for.
    async fn stop(&self, cause: Cause, place: Option<&Place>) {
        self.cause.store(cause.number(), Ordering::Release);
        if !self.taken.swap(true, Ordering::AcqRel) {
            return self.end(Handled::Dropped);
        }
        self.unwanted.store(true, Ordering::Release);
        self.handler.wake();
        let core = &self.executor.core;
        let patience = match cause {
            Cause::TimedOut | Cause::Interrupted => core.stop_grace,
            Cause::Cancelled => core.stop_grace.min(LAST_MOMENT),
        };
        if timeout(patience, self.ended()).await.is_err() {
            if place.is_some_and(|place| core.crews.lost(place).is_err()) {
                core.tasks.broken("crew");
            }
            self.tell(Ended::Stopped(cause, Handling::Stuck));
        }
    }

    async fn ended(&self) {
        while !self.is_over() {
            self.ended.notified().await;
        }
    }

    /// Hands on how the attempt ended, unless that has happened before.
    fn tell(&self, ended: Ended) {
        if self.told.swap(true, Ordering::AcqRel) {
            return;
        }
        let conclude = || self.span.in_scope(|| self.executor.conclude(&self.job, ended));
        match catch_unwind(AssertUnwindSafe(conclude)) {
            Ok(verdict) => self.executor.queue.settle_started(&self.job, &self.signals, verdict),
            Err(_) => self.executor.abandon(&[self.job.claim]),
        }
        self.over.store(true, Ordering::Release);
        self.ended.notify_one();
    }

    fn cause(&self) -> Option<Cause> {
        [Cause::TimedOut, Cause::Interrupted, Cause::Cancelled]
            .into_iter()
            .find(|cause| cause.number() == self.cause.load(Ordering::Acquire))
    }
}

impl Cause {
    const fn number(self) -> u8 {
        self as u8 + 1
    }
}
