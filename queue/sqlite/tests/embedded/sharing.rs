//! Several callers and several processes on one file.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::task::JoinSet;
use windlass_queue::{Beat, Engine, EngineError, EnqueueJobs, InspectJobs, NewJob, Reach, WorkerInfo};
use windlass_shared::{Entropy, JobId, Timestamp};

use crate::support::{Store, commits};

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
                let fresh = |job: &NewJob| NewJob {
                    id: JobId::new(Timestamp::from_millis(0), number, entropy.number()),
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

fn beat(store: &Store) -> Beat {
    let info = WorkerInfo {
        name: "test".to_owned(),
        host: "localhost".to_owned(),
        pid: 1,
        started_at: Timestamp::from_millis(0),
        kinds: Vec::new(),
        version: "0.0.0".to_owned(),
    };
    Beat { worker: store.worker(), info, queues: vec![store.queue.clone()], memory: None }
}
