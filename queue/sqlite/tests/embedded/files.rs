//! The file: what is accepted as one, and what is left of it.

use std::sync::Arc;

use rusqlite::Connection;
use windlass_queue::{ClaimJobs, Engine, EngineError, EnqueueJobs, InspectJobs};
use windlass_shared::SystemClock;
use windlass_sqlite::SqliteEngine;

use crate::support::{Store, claim};

#[tokio::test]
async fn a_schema_from_the_future_is_refused() {
    let store = Store::new();
    drop(store.open());
    Connection::open(&store.path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    let refused = SqliteEngine::open(&store.path, Arc::new(SystemClock)).unwrap_err();
    assert!(matches!(refused, EngineError::Refused { .. }));
    let message = refused.to_string();
    assert!(message.contains("version 999") && message.contains("newer Windlass"), "{message}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_left_alone() {
    let store = Store::new();
    std::fs::write(&store.path, "shopping list: ".repeat(100)).unwrap();
    let refused = SqliteEngine::open(&store.path, Arc::new(SystemClock)).unwrap_err();
    assert!(matches!(refused, EngineError::Corrupt { .. }), "{refused}");
    assert!(std::fs::read_to_string(&store.path).unwrap().starts_with("shopping list"));
}

#[tokio::test]
async fn a_dropped_engine_leaves_one_file_and_all_its_jobs() {
    let store = Store::new();
    let engine = store.open();
    let number = engine.queue_number(&store.queue).await.unwrap();
    let job = store.job(number);
    engine.enqueue(std::slice::from_ref(&job)).await.remove(0).unwrap();
    drop(engine);
    assert!(!store.path.with_file_name("queue.db-wal").exists());
    let again = store.open();
    assert_eq!(again.get(&[job.id]).await.unwrap()[0].as_ref().unwrap().args, job.args);
}

#[tokio::test]
async fn a_queue_gets_the_same_number_in_a_database_that_was_made_anew() {
    let (left, right) = (Store::new(), Store::new());
    let (here, there) = (left.open(), right.open());
    there.queue_number(&"another".parse().unwrap()).await.unwrap();
    let numbers =
        (here.queue_number(&left.queue).await.unwrap(), there.queue_number(&right.queue).await.unwrap());
    assert_eq!(numbers.0, numbers.1);
}

#[tokio::test]
async fn a_file_of_the_first_version_is_brought_up_with_its_jobs() {
    const FIRST: &str = include_str!("../../src/schema/0001_jobs.sql");
    const JOBS: &str = "INSERT INTO queues (number, name, last_position) VALUES (7, 'email', 2);
        INSERT INTO jobs (id, queue, tenant, kind, priority, state, position, max_attempts, timeout, created_at, run_at)
            VALUES (randomblob(16), 7, 'acme', 'email.send', 4, 3, 1, 4, 1000, 0, 0),
                   (randomblob(16), 7, 'acme', 'email.send', 4, 3, 2, 4, 1000, 0, 0);
        INSERT INTO payloads (job, tags, args) SELECT seq, '', x'7b7d' FROM jobs;
        INSERT INTO counts (queue, state, jobs) VALUES (7, 3, 2);
        PRAGMA user_version = 1";
    let store = Store::new();
    Connection::open(&store.path).unwrap().execute_batch(&format!("{FIRST}{JOBS}")).unwrap();
    let engine = store.open();
    assert_eq!(engine.depth(&store.queue).await.unwrap().available, 2);
    assert_eq!(engine.claim(&claim(store.worker(), &store.queue)).await.unwrap().jobs.len(), 1);
    let count = Connection::open(&store.path).unwrap().query_row(
        "SELECT jobs FROM tenant_counts WHERE tenant = 'acme'",
        [],
        |row| row.get::<_, i64>(0),
    );
    assert_eq!(count.unwrap(), 2);
}
