//! Most jobs are claimed and completed without a look at their records. What else is known of a job has to be found all
//! the same, or it would stay behind.

use bytes::Bytes;
use windlass_queue::{
    EnqueueJobs, InspectJobs, JobFilter, LogLine, MaintainQueue, Progress, RecordWork, Redrive, Report,
    Retention, SettleJobs, SteerJobs, TellEvents, Verdict,
};
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_shared::{Claim, JobState, Percent, Timestamp};

use crate::own_queue::{Queue, url, wire};

/// What a queue knows of its workers, of tenants whose lanes nobody has found empty yet, of its rules, and of its events.
const NOT_OF_JOBS: [&str; 7] = ["armed", "serving:*", "ring", "ready", "cfg", "events", "events_told"];

async fn keys_of_jobs(queue: &Queue) -> Vec<String> {
    take_note(queue).await;
    let prefix = format!("windlass:{{{}}}:", queue.name);
    // Ids are bytes.
    let keys: Vec<Vec<u8>> =
        redis::cmd("KEYS").arg(format!("{prefix}*")).query_async(&mut wire().await).await.unwrap();
    let names = keys.iter().map(|key| String::from_utf8_lossy(&key[prefix.len()..]).into_owned());
    names.filter(|name| !NOT_OF_JOBS.contains(&name.as_str()) && !name.starts_with("wake:")).collect()
}

/// Follows the events to their end, as whoever keeps the history does: nothing is left of them but their number.
async fn take_note(queue: &Queue) {
    let page = queue.engine.events(&queue.name, None, 100).await.unwrap();
    queue.engine.forget_events(&queue.name, &page.position.unwrap()).await.unwrap();
    let stream = format!("windlass:{{{}}}:events", queue.name);
    let left: u64 = redis::cmd("XLEN").arg(stream).query_async(&mut wire().await).await.unwrap();
    assert_eq!(left, 0);
}

async fn running(queue: &Queue) -> Claim {
    queue.engine.enqueue(&[queue.new_job().await]).await;
    queue.claim().await
}

fn completed(result: Option<&'static str>) -> Verdict {
    Verdict::Complete {
        result: result.map(|result| Bytes::from_static(result.as_bytes())),
        children: Vec::new(),
    }
}

#[tokio::test]
async fn what_jobs_said_of_themselves_goes_with_them() {
    let queue = Queue::new(&RedisEngine::new(RedisOptions::from_url(&url()).unwrap()));
    let engine = &queue.engine;
    let [plain, answering, told, logged, stepped, checked, cancelled] = [
        running(&queue).await,
        running(&queue).await,
        running(&queue).await,
        running(&queue).await,
        running(&queue).await,
        running(&queue).await,
        running(&queue).await,
    ];
    let progress = Progress { percent: Percent::saturating(50), message: Some("half".to_owned()) };
    let line = LogLine { at: Timestamp::from_millis(1), attempt: 1, line: "half".to_owned() };
    engine.report(&[Report { claim: told, progress: Some(progress), log: Vec::new() }]).await.unwrap();
    engine.report(&[Report { claim: logged, progress: None, log: vec![line] }]).await.unwrap();
    engine.record_step(stepped, &"first".parse().unwrap(), Bytes::from_static(b"1")).await.unwrap();
    engine.checkpoint(checked, Bytes::from_static(b"2")).await.unwrap();
    engine.cancel(&[cancelled.job]).await.unwrap();

    let ends = [
        (plain, completed(None), JobState::Completed),
        (answering, completed(Some("7")), JobState::Completed),
        (told, completed(None), JobState::Completed),
        (logged, completed(Some("8")), JobState::Completed),
        (stepped, completed(None), JobState::Completed),
        (checked, completed(Some("9")), JobState::Completed),
        (cancelled, Verdict::Release, JobState::Cancelled),
    ];
    for (claim, verdict, state) in ends {
        queue.settle(claim, verdict).await;
        assert_eq!(engine.get(&[claim.job]).await.unwrap()[0].as_ref().unwrap().state, state);
    }
    let keys = keys_of_jobs(&queue).await;
    assert!(!keys.iter().any(|key| key == "running" || key == "touched"), "{keys:?}");
    for part in ["notes", "log", "steps", "checkpoint", "result", "j"] {
        let start = format!("{part}:");
        assert!(keys.iter().any(|key| key.starts_with(&start)), "nothing is kept as {part}: {keys:?}");
    }

    let nothing = Retention { completed_most: 0, failed_most: 0, ..Retention::default() };
    assert_eq!(engine.prune(&queue.name, &nothing, 100).await.unwrap(), 7);
    // The worker that was told of the cancellation would forget it at its next beat.
    let keys: Vec<_> =
        keys_of_jobs(&queue).await.into_iter().filter(|key| !key.starts_with("cancels:")).collect();
    assert!(keys.is_empty(), "{keys:?}");
}

#[tokio::test]
async fn a_completed_job_that_ran_again_is_known_by_its_newest_end() {
    let queue = Queue::new(&RedisEngine::new(RedisOptions::from_url(&url()).unwrap()));
    let engine = &queue.engine;
    let [again, once] = [running(&queue).await, running(&queue).await];
    queue.settle(again, completed(None)).await;
    queue.settle(once, completed(None)).await;
    engine.redrive(&[Redrive { job: again.job, args: None }]).await.unwrap();
    queue.settle(queue.claim().await, completed(Some("7"))).await;

    let filter = JobFilter { queue: Some(queue.name.clone()), ..JobFilter::default() };
    let listed = async || {
        engine.list(&filter, None, 10).await.unwrap().jobs.into_iter().map(|job| job.id).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, [once.job, again.job]);
    let newest = Retention { completed_most: 1, ..Retention::default() };
    assert_eq!(engine.prune(&queue.name, &newest, 100).await.unwrap(), 1);
    assert_eq!(listed().await, [again.job]);
    engine.delete(&[again.job]).await.unwrap();
    assert_eq!(engine.prune(&queue.name, &newest, 100).await.unwrap(), 0);
    assert_eq!(keys_of_jobs(&queue).await, Vec::<String>::new());
}
