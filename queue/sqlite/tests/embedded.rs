//! What is particular to the embedded engine.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::task::JoinSet;
use windlass_queue::{
    Beat, ClaimJobs, Engine, EngineError, EnqueueJobs, InspectJobs, Notice, Reach, WorkerInfo,
};
use windlass_shared::{Entropy, Incarnation, SystemClock, Timestamp};
use windlass_sqlite::SqliteEngine;

use support::{Store, claim, commits};

const SOON: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_calls_share_transactions() {
    let store = Store::new();
    let engine = Arc::new(store.open());
    let number = engine.queue_number(&store.queue).await.unwrap();
    let before = commits(&store.path);
    let mut calls = JoinSet::new();
    for _ in 0..200 {
        let (engine, job) = (engine.clone(), store.job(number));
        calls.spawn(async move { engine.enqueue(&[job]).await.remove(0).unwrap() });
    }
    assert_eq!(calls.join_all().await.len(), 200);
    let commits = commits(&store.path) - before;
    assert!((1..=100).contains(&commits), "{commits} commits");
    assert_eq!(engine.depth(&store.queue).await.unwrap().available, 200);
}

#[tokio::test]
async fn a_call_that_fails_leaves_the_others_of_its_transaction_alone() {
    let store = Store::new();
    let engine = store.open();
    let number = engine.queue_number(&store.queue).await.unwrap();
    let mut misled = store.job(number);
    misled.queue = "other".parse().unwrap();
    engine.queue_number(&misled.queue).await.unwrap();
    let (jobs, wrong) = ([store.job(number)], [store.job(number), misled]);
    let (left, failed, right) =
        tokio::join!(engine.enqueue(&jobs), engine.enqueue(&wrong), engine.enqueue(&jobs));
    assert!(left[0].is_ok() && right[0].is_ok());
    assert!(failed.iter().all(|answer| matches!(answer, Err(EngineError::Refused { .. }))));
    assert_eq!(engine.depth(&store.queue).await.unwrap().available, 1);
}

#[tokio::test]
async fn a_wake_up_for_a_worker_that_is_gone_reaches_another() {
    let store = Store::new();
    let (engine, other) = (store.open(), store.open());
    let number = engine.queue_number(&store.queue).await.unwrap();
    let (gone, crashed, living) =
        (Incarnation::from_bytes([1; 8]), Incarnation::from_bytes([2; 8]), store.worker());
    let mut listener = engine.listener(living, &store.queue).await.unwrap();
    drop(engine.listener(gone, &store.queue).await.unwrap());
    let stale = store.path.with_file_name("wake").join(format!("{:04x}-{crashed}", number.get()));
    drop(std::os::unix::net::UnixDatagram::bind(&stale).unwrap());
    for worker in [gone, crashed, living] {
        assert!(engine.claim(&claim(worker, &store.queue)).await.unwrap().jobs.is_empty());
    }
    other.enqueue(&[store.job(number)]).await.remove(0).unwrap();
    assert_eq!(listener.next(SOON).await.unwrap(), [Notice::Work]);
    assert!(!stale.exists(), "the socket of a crashed worker is removed");
}

#[tokio::test]
async fn wake_ups_work_in_a_folder_whose_path_is_too_long_for_a_socket() {
    let store = Store::within(&format!("{0}/{0}/{0}", "d".repeat(60)));
    let (engine, other) = (store.open(), store.open());
    let number = engine.queue_number(&store.queue).await.unwrap();
    let worker = store.worker();
    let mut listener = engine.listener(worker, &store.queue).await.unwrap();
    engine.claim(&claim(worker, &store.queue)).await.unwrap();
    other.enqueue(&[store.job(number)]).await.remove(0).unwrap();
    assert_eq!(listener.next(SOON).await.unwrap(), [Notice::Work]);
}

#[tokio::test]
async fn a_listener_that_replaces_another_is_not_cut_off_by_its_end() {
    let store = Store::new();
    let engine = store.open();
    let number = engine.queue_number(&store.queue).await.unwrap();
    let worker = store.worker();
    let old = engine.listener(worker, &store.queue).await.unwrap();
    let mut new = engine.listener(worker, &store.queue).await.unwrap();
    drop(old);
    engine.claim(&claim(worker, &store.queue)).await.unwrap();
    engine.enqueue(&[store.job(number)]).await.remove(0).unwrap();
    assert_eq!(new.next(SOON).await.unwrap(), [Notice::Work]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_gets_its_turn_while_others_write_without_pause() {
    let store = Store::new();
    let (engine, busy) = (store.open(), Arc::new(store.open()));
    let number = engine.queue_number(&store.queue).await.unwrap();
    let mut writers = JoinSet::new();
    for _ in 0..4 {
        let (busy, jobs) = (busy.clone(), (0..200).map(|_| store.job(number)).collect::<Vec<_>>());
        let entropy = Entropy::from_system();
        writers.spawn(async move {
            loop {
                let fresh = |job: &windlass_queue::NewJob| windlass_queue::NewJob {
                    id: windlass_shared::JobId::new(Timestamp::from_millis(0), number, entropy.number()),
                    ..job.clone()
                };
                busy.enqueue(&jobs.iter().map(fresh).collect::<Vec<_>>()).await.remove(0).unwrap();
            }
        });
    }
    let mut keeper = engine.lease_keeper().await.unwrap();
    let beat = beat(&store);
    for _ in 0..20 {
        let start = Instant::now();
        keeper.heartbeat(&beat).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    }
    writers.shutdown().await;
}

#[tokio::test]
async fn who_cannot_write_because_another_process_does_is_told_so() {
    let store = Store::new();
    let engine = store.open();
    let number = engine.queue_number(&store.queue).await.unwrap();
    let other = Connection::open(&store.path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = engine.enqueue(&[store.job(number)]).await.remove(0).unwrap_err();
    assert!(matches!(refused, EngineError::Unavailable { reach: Reach::Unknown, .. }), "{refused}");
    assert!(refused.is_transient());
    assert_eq!(engine.depth(&store.queue).await.unwrap().available, 0, "readers do not wait for writers");
    other.execute_batch("COMMIT").unwrap();
    engine.enqueue(&[store.job(number)]).await.remove(0).unwrap();
}

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

fn beat(store: &Store) -> Beat {
    let info = WorkerInfo {
        name: "test".to_owned(),
        host: "localhost".to_owned(),
        pid: 1,
        started_at: Timestamp::from_millis(0),
        kinds: Vec::new(),
        version: "0.0.0".to_owned(),
    };
    Beat { worker: store.worker(), info, queues: vec![store.queue.clone()] }
}
