use std::fmt::{self, Debug};
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::{debug, error, warn};
use windlass_queue::EngineError;
use windlass_shared::{Clock, QueueNumber};

use crate::fault::{Fault, unavailable};
use crate::turn::Turn;
use crate::turnstile::Turnstile;
use crate::verbs::wake;
use crate::wake::{Signal, Waker};

/// For how long one transaction takes in further calls. Others wait for the write lock meanwhile.
const GROUP: Duration = Duration::from_millis(10);

/// A thread with a connection that writes.
///
/// It does all calls that wait in one transaction, and answers them when that is on the disk.
pub(crate) struct Writer {
    calls: Option<Sender<Box<dyn Call>>>,
    thread: Option<JoinHandle<()>>,
}

/// What a writer writes with.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) connection: Connection,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) turnstile: Turnstile,
    pub(crate) waker: Arc<Waker>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(name: &str, desk: Desk) -> io::Result<Self> {
        let (calls, waiting) = channel();
        let thread = Builder::new().name(name.to_owned()).spawn(move || run(&desk, &waiting))?;
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

/// A call of any type.
trait Call: Send {
    fn is_abandoned(&self) -> bool;
    fn run(&mut self, turn: &mut Turn<'_>) -> Result<(), Fault>;
    fn answer(self: Box<Self>, group: Result<(), EngineError>);
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

    fn answer(self: Box<Self>, group: Result<(), EngineError>) {
        let Self { outcome, reply, .. } = *self;
        let answer = group.and_then(|()| outcome.ok_or_else(|| unavailable("the call was not done")));
        if reply.send(answer).is_err() {
            debug!("nobody waits for this answer any more");
        }
    }
}

fn run(desk: &Desk, waiting: &Receiver<Box<dyn Call>>) {
    while let Ok(first) = waiting.recv() {
        let mut undelivered = desk.write_group(first, waiting);
        // A wake-up that reached nobody was meant for somebody. Each round disarms one more, so this ends.
        while !undelivered.is_empty() {
            undelivered = desk.wake_others(&undelivered);
        }
    }
}

impl Desk {
    /// Does the first call and those that wait, and answers them. Returns the queues whose wake-ups were lost.
    fn write_group(&self, first: Box<dyn Call>, waiting: &Receiver<Box<dyn Call>>) -> Vec<QueueNumber> {
        if let Err(fault) = self.begin() {
            first.answer(Err(fault.into()));
            return Vec::new();
        }
        let start = Instant::now();
        let (mut done, mut signals) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some(mut call) = next {
            if !call.is_abandoned() {
                match self.write_one(|turn| call.run(turn)) {
                    Ok(mut wanted) => {
                        signals.append(&mut wanted);
                        done.push(call);
                    }
                    Err(fault) => call.answer(Err(fault.into())),
                }
            }
            // A full disk may have undone all that was done before.
            let goes_on = start.elapsed() < GROUP && !self.connection.is_autocommit();
            next = if goes_on { waiting.try_recv().ok() } else { None };
        }
        let committed = self.commit();
        let undelivered = if committed.is_ok() { self.waker.send(&signals) } else { Vec::new() };
        for call in done {
            call.answer(committed.clone());
        }
        undelivered
    }

    /// Does one call within a savepoint; undoes it, and only it, when it fails.
    fn write_one(&self, call: impl FnOnce(&mut Turn<'_>) -> Result<(), Fault>) -> Result<Vec<Signal>, Fault> {
        self.execute("SAVEPOINT call")?;
        let mut turn = Turn::new(&self.connection, self.clock.now());
        let outcome = call(&mut turn).and_then(|()| turn.finish());
        if outcome.is_err() && !self.connection.is_autocommit() {
            self.execute("ROLLBACK TO call")?;
        }
        if !self.connection.is_autocommit() {
            self.execute("RELEASE call")?;
        }
        outcome
    }

    fn begin(&self) -> Result<(), Fault> {
        self.turnstile.pass(|| self.execute("BEGIN IMMEDIATE"))
    }

    fn commit(&self) -> Result<(), EngineError> {
        if self.connection.is_autocommit() {
            return Err(EngineError::from(Fault::Refused(
                "the transaction was undone, because the disk is full or broken".to_owned(),
            )));
        }
        let committed = self.execute("COMMIT");
        if committed.is_err() && !self.connection.is_autocommit() {
            self.execute("ROLLBACK")?;
        }
        Ok(committed?)
    }

    fn execute(&self, sql: &'static str) -> Result<(), Fault> {
        self.connection.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Wakes another armed worker in each of the queues. Returns those in which that failed again.
    fn wake_others(&self, queues: &[QueueNumber]) -> Vec<QueueNumber> {
        let write = || {
            self.begin()?;
            let signals =
                self.write_one(|turn| queues.iter().try_for_each(|queue| wake::wake(turn, *queue, 1)));
            self.commit()?;
            Ok::<_, EngineError>(signals?)
        };
        match write() {
            Ok(signals) => self.waker.send(&signals),
            Err(error) => {
                warn!(%error, "a wake-up was lost; the next promotion makes up for it");
                Vec::new()
            }
        }
    }
}
