//! What the tests of this engine share.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use windlass_queue::{ClaimRequest, NewJob, Serves, Suspects};
use windlass_shared::{Clock, Entropy, Incarnation, JobId, QueueName, QueueNumber, SystemClock};
use windlass_sqlite::SqliteEngine;

/// A folder with a database that several engines can open.
pub(crate) struct Store {
    _folder: TempDir,
    pub(crate) path: PathBuf,
    pub(crate) queue: QueueName,
    entropy: Entropy,
}

impl Store {
    pub(crate) fn new() -> Self {
        Self::within("")
    }

    /// The database is in a folder within the temporary one.
    pub(crate) fn within(folder: &str) -> Self {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().join(folder).join("queue.db");
        let (queue, entropy) = ("email".parse().unwrap(), Entropy::from_system());
        Self { _folder: outer, path, queue, entropy }
    }

    pub(crate) fn open(&self) -> SqliteEngine {
        SqliteEngine::open(&self.path, Arc::new(SystemClock)).unwrap()
    }

    pub(crate) fn worker(&self) -> Incarnation {
        Incarnation::draw(&self.entropy)
    }

    pub(crate) fn job(&self, number: QueueNumber) -> NewJob {
        NewJob {
            timeout: Duration::from_mins(10),
            args: r#"{"to":"somebody@example.com"}"#.into(),
            ..NewJob::plain(
                JobId::new(SystemClock.now(), number, self.entropy.number()),
                self.queue.clone(),
                "email.send".parse().unwrap(),
            )
        }
    }
}

/// Asks for one job.
pub(crate) fn claim(worker: Incarnation, queue: &QueueName) -> ClaimRequest {
    ClaimRequest {
        worker,
        queue: queue.clone(),
        most: NonZeroUsize::MIN,
        suspects: Suspects::Leave,
        serves: Serves::Every,
    }
}

/// How many commits the write-ahead log of the database has seen since it began. Each frame of the log has 24 bytes
/// and a page; the second word of the last frame of a commit is not 0 (<https://www.sqlite.org/fileformat2.html#walformat>).
pub(crate) fn commits(database: &Path) -> usize {
    let log = std::fs::read(database.with_file_name("queue.db-wal")).unwrap();
    let page = u32::from_be_bytes(log[8..12].try_into().unwrap()) as usize;
    let salt = &log[16..24];
    let frames = log[32..].chunks_exact(24 + page).take_while(|frame| &frame[8..16] == salt);
    frames.filter(|frame| frame[4..8] != [0; 4]).count()
}
