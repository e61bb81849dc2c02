//! The embedded engine keeps every promise of the contract.

#![expect(clippy::unwrap_used, reason = "what a test did not expect is a failure")]

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use tempfile::TempDir;
use windlass_conformance::Subject;
use windlass_queue::Engine;
use windlass_shared::ManualClock;
use windlass_sqlite::SqliteEngine;

windlass_conformance::conformance!(subject);

async fn subject() -> impl Subject {
    let (folder, clock) = (TempDir::new().unwrap(), Arc::new(ManualClock::default()));
    let engine = open(folder.path().join("queue.db"), &clock);
    InAFile { engine, clock, folder }
}

struct InAFile {
    engine: Arc<dyn Engine>,
    clock: Arc<ManualClock>,
    folder: TempDir,
}

#[async_trait]
impl Subject for InAFile {
    fn engine(&self) -> Arc<dyn Engine> {
        self.engine.clone()
    }

    async fn second(&self) -> Arc<dyn Engine> {
        open(self.folder.path().join("queue.db"), &self.clock)
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }
}

fn open(file: PathBuf, clock: &Arc<ManualClock>) -> Arc<dyn Engine> {
    Arc::new(SqliteEngine::open(file, clock.clone()).unwrap())
}
