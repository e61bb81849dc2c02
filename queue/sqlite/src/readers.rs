use std::fmt::{self, Debug};
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rusqlite::Connection;
use tokio::sync::oneshot;
use tracing::{debug, error};
use windlass_queue::EngineError;

use crate::fault::{Fault, unavailable};

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// A few threads with connections that read. Readers and writers do not wait for each other.
pub(crate) struct Readers {
    questions: Option<Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts one thread for each connection.
    pub(crate) fn start(connections: Vec<Connection>) -> io::Result<Self> {
        let (questions, waiting) = channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let threads = connections
            .into_iter()
            .map(|connection| {
                let waiting = Arc::clone(&waiting);
                Builder::new().name("windlass-read".to_owned()).spawn(move || run(&connection, &waiting))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { questions: Some(questions), threads })
    }

    /// Asks a question. All that it reads is of one moment, which is not before the call.
    pub(crate) async fn ask<T, Q>(&self, question: Q) -> Result<T, EngineError>
    where
        T: Send + 'static,
        Q: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let question: Question = Box::new(move |connection| {
            if reply.send(at_one_moment(connection, question)).is_err() {
                debug!("nobody waits for this answer any more");
            }
        });
        let sent = self.questions.as_ref().is_some_and(|questions| questions.send(question).is_ok());
        if !sent {
            return Err(unavailable("its reading threads have ended"));
        }
        answer.await.unwrap_or_else(|_| Err(unavailable("its reading threads have ended")))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        drop(self.questions.take());
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                error!("a reading thread panicked");
            }
        }
    }
}

impl Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("threads", &self.threads.len()).finish_non_exhaustive()
    }
}

fn run(connection: &Connection, waiting: &Mutex<Receiver<Question>>) {
    loop {
        // The lock is held while waiting, so the others wait for the lock instead; whoever has it takes the next.
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match next {
            Ok(question) => question(connection),
            Err(_) => return,
        }
    }
}

fn at_one_moment<T>(
    connection: &Connection,
    question: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, EngineError> {
    let moment = connection.unchecked_transaction().map_err(Fault::from)?;
    Ok(question(&moment)?)
}
