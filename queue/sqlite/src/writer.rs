use std::fmt::{self, Debug};
use std::io;
use std::sync::mpsc::{Sender, channel};
use std::thread::{Builder, JoinHandle};

use tokio::sync::oneshot;
use tracing::{debug, error};
use windlass_queue::EngineError;

use crate::desk::Desk;
use crate::fault::{Fault, unavailable};
use crate::turn::Turn;

/// A thread with a connection that writes.
///
/// It does all calls that wait in one transaction, and answers them when that is on the disk.
pub(crate) struct Writer {
    calls: Option<Sender<Box<dyn Call>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(name: &str, desk: Desk) -> io::Result<Self> {
        let (calls, waiting) = channel();
        let thread = Builder::new().name(name.to_owned()).spawn(move || desk.run(&waiting))?;
        Ok(Self { calls: Some(calls), thread: Some(thread) })
    }

    /// Does `verb`, and answers when what it did is on the disk. A call that is dropped before its turn comes is
    /// not done.
    pub(crate) async fn call<T, V>(&self, verb: V) -> Result<T, EngineError>
    where
        T: Send + 'static,
        V: FnOnce(&mut Turn<'_>) -> Result<T, Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let call = Box::new(VerbCall { verb: Some(verb), outcome: None, reply });
        let sent = self.calls.as_ref().is_some_and(|calls| calls.send(call).is_ok());
        if !sent {
            return Err(unavailable("its writing thread has ended"));
        }
        answer.await.unwrap_or_else(|_| Err(unavailable("its writing thread has ended")))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // The thread does what was asked before, and ends when it finds the channel closed.
        drop(self.calls.take());
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            error!("the writing thread panicked");
        }
    }
}

impl Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

/// A call of any type, on its way to the thread that does it.
pub(crate) trait Call: Send {
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;
    /// Does it and keeps what came of it.
    fn run(&mut self, turn: &mut Turn<'_>) -> Result<(), Fault>;
    /// Answers what came of it, or that the transaction it was part of has failed.
    fn answer(self: Box<Self>, transaction: Result<(), EngineError>);
}

struct VerbCall<T, V> {
    verb: Option<V>,
    outcome: Option<T>,
    reply: oneshot::Sender<Result<T, EngineError>>,
}

impl<T, V> Call for VerbCall<T, V>
where
    T: Send,
    V: FnOnce(&mut Turn<'_>) -> Result<T, Fault> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, turn: &mut Turn<'_>) -> Result<(), Fault> {
        if let Some(verb) = self.verb.take() {
            self.outcome = Some(verb(turn)?);
        }
        Ok(())
    }

    fn answer(self: Box<Self>, transaction: Result<(), EngineError>) {
        let Self { outcome, reply, .. } = *self;
        let answer = transaction.and_then(|()| outcome.ok_or_else(|| unavailable("the call was not done")));
        if reply.send(answer).is_err() {
            debug!("nobody waits for this answer any more");
        }
    }
}
