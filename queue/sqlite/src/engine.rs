use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use windlass_queue::{Engine, EngineError, KeepLease, Listen};
use windlass_shared::{Clock, Incarnation, QueueName, QueueNumber, Timestamp};

use crate::connection::{open_reading, open_writing};
use crate::desk::Desk;
use crate::fault::{ENGINE, Fault, refused_path};
use crate::keeper::Keeper;
use crate::questions::queues::queues;
use crate::readers::Readers;
use crate::schema::migrate;
use crate::turn::Turn;
use crate::turnstile::Turnstile;
use crate::verbs::queue_number::{known, queue_number};
use crate::wake::Waker;
use crate::writer::Writer;

/// How many threads read.
const READERS: usize = 2;

/// The embedded engine. See the [crate]'s description for what is particular to it.
///
/// Dropping it waits for the calls that were made, and closes the file.
#[derive(Debug)]
pub struct SqliteEngine {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    waker: Arc<Waker>,
    writer: Writer,
    readers: Readers,
}

impl SqliteEngine {
    /// Opens the file at `path`, which is made with its folder where there is none. Blocks while it does so.
    pub fn open(path: impl AsRef<Path>, clock: Arc<dyn Clock>) -> Result<Self, EngineError> {
        let path = std::path::absolute(path.as_ref())
            .map_err(|error| refused_path("cannot find", path.as_ref(), &error))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| refused_path("cannot create", folder, &error))?;
        }
        let mut connection = open_writing(&path)?;
        migrate(&mut connection)?;
        let reading = (0..READERS).map(|_| open_reading(&path)).collect::<Result<_, _>>()?;
        let waker = Arc::new(Waker::beside(&path)?);
        let desk = desk(&path, connection, &clock, &waker);
        let writer = Writer::start("windlass-write", desk).map_err(|error| no_thread(&path, &error))?;
        let readers = Readers::start(reading).map_err(|error| no_thread(&path, &error))?;
        Ok(Self { path, clock, waker, writer, readers })
    }

    /// Changes something; see [`Writer::call`].
    pub(crate) async fn write<T, V>(&self, verb: V) -> Result<T, EngineError>
    where
        T: Send + 'static,
        V: FnOnce(&mut Turn<'_>) -> Result<T, Fault> + Send + 'static,
    {
        self.writer.call(verb).await
    }

    /// Reads something; see [`Readers::ask`].
    pub(crate) async fn read<T, Q>(&self, question: Q) -> Result<T, EngineError>
    where
        T: Send + 'static,
        Q: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.readers.ask(question).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

#[async_trait]
impl Engine for SqliteEngine {
    fn name(&self) -> &'static str {
        ENGINE
    }

    async fn ping(&self) -> Result<(), EngineError> {
        self.read(|connection| Ok(connection.query_row("SELECT count(*) FROM queues", [], |_| Ok(()))?)).await
    }

    async fn queue_number(&self, queue: &QueueName) -> Result<QueueNumber, EngineError> {
        let name = queue.clone();
        if let Some(number) = self.read(move |connection| known(connection, &name)).await? {
            return Ok(number);
        }
        let name = queue.clone();
        self.write(move |turn| queue_number(turn, &name)).await
    }

    async fn queues(&self) -> Result<Vec<QueueName>, EngineError> {
        self.read(queues).await
    }

    async fn lease_keeper(&self) -> Result<Box<dyn KeepLease>, EngineError> {
        let desk = desk(&self.path, open_writing(&self.path)?, &self.clock, &self.waker);
        let writer = Writer::start("windlass-lease", desk).map_err(|error| no_thread(&self.path, &error))?;
        Ok(Box::new(Keeper::new(writer)))
    }

    async fn listener(&self, worker: Incarnation, queue: &QueueName) -> Result<Box<dyn Listen>, EngineError> {
        let number = self.queue_number(queue).await?;
        self.waker.listen(worker, number)
    }
}

fn desk(path: &Path, connection: Connection, clock: &Arc<dyn Clock>, waker: &Arc<Waker>) -> Desk {
    Desk { connection, clock: Arc::clone(clock), turnstile: Turnstile::at(path), waker: Arc::clone(waker) }
}

fn no_thread(path: &Path, error: &std::io::Error) -> EngineError {
    refused_path("cannot start a thread for", path, error)
}
