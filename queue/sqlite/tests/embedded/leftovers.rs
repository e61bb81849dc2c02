//! What goes leaves no row in any table, however much was known of it.

use std::time::Duration;

use rusqlite::Connection;
use windlass_queue::{
    BatchAnswer, ClaimJobs, Engine, EnqueueJobs, Expiry, KeepBatches, MaintainQueue, NewBatch, NewJob,
    OnConflict, RecordWork, Report, Retention, SettleJobs, Settlement, SteerJobs, TellEvents, Unique,
    UniqueKey, Until, Verdict, When,
};
use windlass_shared::{Backoff, BatchId, Claim, Percent, QueueNumber, Timestamp};
use windlass_sqlite::SqliteEngine;

use crate::support::{Store, claim};

/// What stays when all jobs and batches are gone.
const STAYS: [&str; 4] = ["queues", "counts", "armed", "tombstones"];

#[tokio::test]
async fn a_deleted_job_leaves_nothing() {
    let store = Store::new();
    let engine = store.open();
    let number = engine.queue_number(&store.queue).await.unwrap();
    let job = rich(&store, number, Until::Finish);
    engine.enqueue(std::slice::from_ref(&job)).await.remove(0).unwrap();
    let claim = run(&engine, &store).await;
    engine.settle(&[Settlement { claim, tenant: None, verdict: Verdict::Release }]).await.unwrap();
    engine.delete(&[job.id]).await.unwrap();
    take_note(&engine, &store).await;
    assert_eq!(filled(&store), Vec::<String>::new());
}

#[tokio::test]
async fn a_pruned_job_and_its_batch_leave_nothing() {
    let store = Store::new();
    let engine = store.open();
    let number = engine.queue_number(&store.queue).await.unwrap();
    let batch = BatchId::new(Timestamp::from_millis(0), number, 1);
    let job = NewJob { batch: Some(batch), ..rich(&store, number, Until::Period(Duration::ZERO)) };
    engine.open_batch(&new_batch(&store, batch)).await.unwrap();
    assert_eq!(engine.add_to_batch(batch, &[job.id]).await.unwrap(), BatchAnswer::Applied);
    engine.enqueue(std::slice::from_ref(&job)).await.remove(0).unwrap();
    let claim = run(&engine, &store).await;
    let verdict = Verdict::Complete { result: Some("1".into()), children: Vec::new() };
    engine.settle(&[Settlement { claim, tenant: None, verdict }]).await.unwrap();
    engine.seal_batch(batch).await.unwrap();
    let retention = Retention { completed_most: 0, completed_for: Duration::ZERO, ..Retention::default() };
    let mut gone = 0;
    // The batch is old enough with the next millisecond.
    while gone < 2 {
        gone += engine.prune(&store.queue, &retention, 100).await.unwrap();
        tokio::task::yield_now().await;
    }
    engine.prune(&store.queue, &retention, 100).await.unwrap();
    take_note(&engine, &store).await;
    assert_eq!(filled(&store), Vec::<String>::new());
}

/// A job with one of everything.
fn rich(store: &Store, number: QueueNumber, until: Until) -> NewJob {
    NewJob {
        backoff: Some(Backoff::Fixed(Duration::from_secs(1))),
        expires: Some(Expiry::After(Duration::from_hours(1))),
        limit_key: Some("stripe:acct_1".parse().unwrap()),
        unique: Some(Unique {
            key: UniqueKey([7; UniqueKey::BYTES]),
            until,
            on_conflict: OnConflict::Reject,
        }),
        tags: vec!["nightly".parse().unwrap()],
        tombstone: Some(Duration::from_hours(1)),
        when: When::Now,
        ..store.job(number)
    }
}

fn new_batch(store: &Store, id: BatchId) -> NewBatch {
    NewBatch {
        id,
        queue: store.queue.clone(),
        tenant: windlass_shared::TenantId::default(),
        description: "all of one".to_owned(),
        callback: None,
    }
}

/// Claims the one job and lets it record something of everything.
async fn run(engine: &SqliteEngine, store: &Store) -> Claim {
    let claim = engine.claim(&claim(store.worker(), &store.queue)).await.unwrap().jobs[0].claim;
    engine.record_step(claim, &"first".parse().unwrap(), "1".into()).await.unwrap();
    engine.checkpoint(claim, "2".into()).await.unwrap();
    let line =
        windlass_queue::LogLine { at: Timestamp::from_millis(0), attempt: 1, line: "hello".to_owned() };
    let progress = windlass_queue::Progress { percent: Percent::saturating(50), message: None };
    engine.report(&[Report { claim, progress: Some(progress), log: vec![line] }]).await.unwrap();
    claim
}

/// Follows the events to their end, as whoever keeps the history does.
async fn take_note(engine: &SqliteEngine, store: &Store) {
    let page = engine.events(&store.queue, None, 100).await.unwrap();
    engine.forget_events(&store.queue, &page.position.unwrap()).await.unwrap();
}

/// The tables that have rows, but for those that stay.
fn filled(store: &Store) -> Vec<String> {
    let connection = Connection::open(&store.path).unwrap();
    let mut tables = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let has_rows = |table: &String| {
        connection.query_row(&format!("SELECT 1 FROM {table}"), [], |_| Ok(())).is_ok()
            && !STAYS.contains(&table.as_str())
    };
    tables.into_iter().filter(has_rows).collect()
}
