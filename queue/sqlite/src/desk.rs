use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tracing::warn;
use windlass_queue::EngineError;
use windlass_shared::{Clock, QueueNumber};

use crate::fault::Fault;
use crate::turn::Turn;
use crate::turnstile::Turnstile;
use crate::verbs::wake;
use crate::wake::{Signal, Waker};
use crate::writer::Call;

/// For how long one transaction takes in further calls. Others wait for the write lock meanwhile.
const GROUP: Duration = Duration::from_millis(10);

/// Where a writing thread sits: what it writes with.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) connection: Connection,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) turnstile: Turnstile,
    pub(crate) waker: Arc<Waker>,
}

type BoxedCall = Box<dyn Call>;

impl Desk {
    /// Does calls, many in one transaction, until nobody can make any more.
    pub(crate) fn run(&self, calls: &Receiver<BoxedCall>) {
        while let Ok(first) = calls.recv() {
            let Written { calls, transaction, undelivered } = self.write_group(first, calls);
            for call in calls {
                call.answer(transaction.clone());
            }
            self.wake(undelivered);
        }
    }

    /// Does the first call, and those that wait or come meanwhile, in one transaction.
    fn write_group(&self, first: BoxedCall, waiting: &Receiver<BoxedCall>) -> Written {
        if let Err(fault) = self.begin() {
            return Written { calls: vec![first], transaction: Err(fault.into()), undelivered: Vec::new() };
        }
        let start = Instant::now();
        let (mut done, mut signals) = (Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some(call) = next {
            done.extend(self.write_or_refuse(call, &mut signals));
            // A full disk may have undone all that was done before.
            let goes_on = start.elapsed() < GROUP && !self.connection.is_autocommit();
            next = if goes_on { waiting.try_recv().ok() } else { None };
        }
        let transaction = self.commit();
        let undelivered = if transaction.is_ok() { self.waker.send(&signals) } else { Vec::new() };
        Written { calls: done, transaction, undelivered }
    }

    /// The call, unless it failed and was told so, or nobody waits for it.
    fn write_or_refuse(&self, mut call: BoxedCall, signals: &mut Vec<Signal>) -> Option<BoxedCall> {
        if call.is_abandoned() {
            return None;
        }
        match self.write(|turn| call.run(turn)) {
            Ok(wanted) => {
                signals.extend(wanted);
                Some(call)
            }
            Err(fault) => {
                call.answer(Err(fault.into()));
                None
            }
        }
    }

    /// Does one call within a savepoint; undoes it, and only it, when it fails.
    fn write(&self, call: impl FnOnce(&mut Turn<'_>) -> Result<(), Fault>) -> Result<Vec<Signal>, Fault> {
        self.execute("SAVEPOINT call")?;
        let mut turn = Turn::new(&self.connection, self.clock.now());
        let outcome = call(&mut turn).and_then(|()| turn.finish());
        let is_undone = outcome.is_ok() || self.connection.is_autocommit();
        if !is_undone && self.execute("ROLLBACK TO call").is_err() {
            // Better nothing of all the calls than half of one.
            self.execute("ROLLBACK")?;
        }
        if !self.connection.is_autocommit() {
            self.execute("RELEASE call")?;
        }
        outcome
    }

    /// A wake-up that reached nobody was meant for somebody. Each round disarms one more, so this ends.
    fn wake(&self, mut undelivered: Vec<QueueNumber>) {
        while !undelivered.is_empty() {
            undelivered = self.wake_others(&undelivered).unwrap_or_else(|error| {
                warn!(%error, "a wake-up was lost; the next promotion makes up for it");
                Vec::new()
            });
        }
    }

    fn wake_others(&self, queues: &[QueueNumber]) -> Result<Vec<QueueNumber>, EngineError> {
        self.begin()?;
        let signals = self.write(|turn| queues.iter().try_for_each(|queue| wake::wake(turn, *queue, 1)));
        self.commit()?;
        Ok(self.waker.send(&signals?))
    }

    fn begin(&self) -> Result<(), Fault> {
        self.turnstile.pass(|| self.execute("BEGIN IMMEDIATE"))
    }

    fn commit(&self) -> Result<(), EngineError> {
        if self.connection.is_autocommit() {
            let detail = "the transaction was undone, because the disk is full or broken";
            return Err(Fault::Refused(detail.to_owned()).into());
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
}

/// What became of a transaction.
struct Written {
    /// Those of its calls that did not fail by themselves.
    calls: Vec<BoxedCall>,
    transaction: Result<(), EngineError>,
    /// The queues whose wake-ups reached nobody.
    undelivered: Vec<QueueNumber>,
}
