//! A disk that is full, played by a bound on the number of pages.

use std::sync::Arc;
use std::time::Duration;

use windlass_queue::Engine;
use windlass_queue::{EngineError, EnqueueJobs, InspectJobs, NewJob};
use windlass_shared::{JobId, QueueName, SystemClock, Timestamp};

use crate::SqliteEngine;

const JOBS: u64 = 100;

#[tokio::test]
async fn a_full_disk_refuses_with_the_reason_and_stores_nothing_by_halves() {
    let folder = tempfile::tempdir().unwrap();
    let engine = SqliteEngine::open(folder.path().join("queue.db"), Arc::new(SystemClock)).unwrap();
    let queue: QueueName = "email".parse().unwrap();
    let small = jobs(&engine, &queue, "{}", 0).await;
    let large = jobs(&engine, &queue, &format!("{:?}", "x".repeat(10_000)), JOBS).await;
    accepted(&engine, &small).await;

    bound(&engine, "PRAGMA max_page_count = 100").await;
    let refusals = engine.enqueue(&large).await;
    assert_eq!(refusals.len(), large.len());
    for refusal in refusals {
        let Err(EngineError::Refused { detail, .. }) = refusal else { panic!("{refusal:?}") };
        assert!(detail.contains("full") && detail.contains("free some space"), "{detail}");
    }
    let ids: Vec<_> = large.iter().map(|job| job.id).collect();
    assert!(engine.get(&ids).await.unwrap().iter().all(Option::is_none));
    assert_eq!(engine.depth(&queue).await.unwrap().available, JOBS);

    bound(&engine, "PRAGMA max_page_count = 1000000").await;
    accepted(&engine, &large).await;
    assert_eq!(engine.depth(&queue).await.unwrap().available, 2 * JOBS);
}

async fn bound(engine: &SqliteEngine, pragma: &'static str) {
    engine.write(move |turn| Ok(turn.prepare(pragma)?.query_row([], |_| Ok(()))?)).await.unwrap();
}

async fn accepted(engine: &SqliteEngine, jobs: &[NewJob]) {
    assert!(engine.enqueue(jobs).await.iter().all(Result::is_ok));
}

async fn jobs(engine: &SqliteEngine, queue: &QueueName, args: &str, first: u64) -> Vec<NewJob> {
    let number = engine.queue_number(queue).await.unwrap();
    let job = |entropy| NewJob {
        timeout: Duration::from_mins(10),
        args: args.to_owned().into(),
        ..NewJob::plain(
            JobId::new(Timestamp::from_millis(0), number, entropy),
            queue.clone(),
            "email.send".parse().unwrap(),
        )
    };
    (first..first + JOBS).map(job).collect()
}
