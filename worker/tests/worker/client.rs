//! What a client can do besides enqueueing: batches, retries, and waiting.

use std::time::Duration;

use serde_json::{Value, json};
use windlass_queue::{
    Acceptance, BatchError, EnqueueError, EnqueueRequest, MAX_BATCH_MEMBERS, NewBatch, RedriveAnswer,
    WaitError,
};
use windlass_shared::{BatchId, Clock, JobId, JobState, SystemClock, TenantId};
use windlass_worker::{EnqueueOptions, JobContext, JobError};

use crate::bench::{Bench, PATIENCE, Step, drained, queue};

fn request(number: u32) -> EnqueueRequest {
    EnqueueRequest {
        kind: "test.step".to_owned(),
        args: json!({ "number": number }),
        options: EnqueueOptions::default(),
    }
}

fn keyed(number: u32, key: &str) -> EnqueueRequest {
    let options = EnqueueOptions { idempotency_key: Some(key.to_owned()), ..EnqueueOptions::default() };
    EnqueueRequest { options, ..request(number) }
}

#[tokio::test]
async fn the_callback_of_a_batch_runs_when_the_last_of_its_jobs_has_ended() {
    let mut bench = Bench::new(async |number, context: JobContext| {
        assert_eq!(context.batch().is_some(), number < 9);
        if number == 2 { Err(JobError::permanent("on purpose")) } else { Ok(json!(null)) }
    });
    let wrong = EnqueueRequest { args: json!({ "number": "two" }), ..request(0) };
    let members = vec![request(1), wrong, request(2)];
    let batch = bench.client.enqueue_as_batch("three jobs", Some(request(9)), members).await.unwrap();
    assert!(matches!(batch.members[1], Err(EnqueueError::Check(_))));
    let worker = bench.start_with_concurrency(1);
    assert_eq!([bench.next().await, bench.next().await, bench.next().await].map(|s| s.number), [1, 2, 9]);
    drained(worker).await;
    let stored = bench.engine.batch(batch.id).await.unwrap().unwrap();
    assert_eq!((stored.total, stored.completed, stored.discarded, stored.pending), (2, 1, 1, 0));
    assert_eq!((stored.callback, stored.sealed), (batch.callback, true));
}

#[tokio::test]
async fn a_job_that_stands_for_a_member_is_not_waited_for() {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    let earlier = bench.client.enqueue_one(keyed(1, "order-1")).await.unwrap().id;
    let members = vec![keyed(1, "order-1"), keyed(2, "order-2"), keyed(2, "order-2")];
    let batch = bench.client.enqueue_as_batch("orders", Some(request(9)), members).await.unwrap();
    let answers: Vec<_> = batch.members.iter().map(|one| one.as_ref().unwrap().acceptance).collect();
    assert_eq!(answers, [Acceptance::Duplicate, Acceptance::New, Acceptance::Duplicate]);
    assert_eq!(batch.members[0].as_ref().unwrap().id, earlier);
    let stored = bench.engine.batch(batch.id).await.unwrap().unwrap();
    assert_eq!((stored.total, stored.pending), (1, 1));
}

#[tokio::test]
async fn a_batch_of_nothing_new_is_given_up_and_one_without_jobs_ends_at_once() {
    let mut bench = Bench::new(async |_, _| Ok(json!(null)));
    let again = || vec![keyed(1, "order-1")];
    bench.client.enqueue_as_batch("orders", Some(request(8)), again()).await.unwrap();
    let error = bench.client.enqueue_as_batch("orders", Some(request(9)), again()).await.unwrap_err();
    assert!(matches!(error, BatchError::NothingNew { members } if members[0].is_ok()));
    assert!(matches!(bench.client.enqueue_as_batch("nothing", None, vec![]).await, Err(BatchError::Empty)));
    bench.client.enqueue_as_batch("nothing", Some(request(7)), vec![]).await.unwrap();
    let worker = bench.start();
    assert_eq!(bench.next_numbers(3).await, [1, 7, 8]);
    drained(worker).await;
    assert_eq!(bench.engine.depth(&queue()).await.unwrap().completed, 3);
}

#[tokio::test]
async fn a_batch_that_is_wrong_as_a_whole_enqueues_nothing() {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    let wrong = EnqueueRequest { kind: "no.such".to_owned(), ..request(0) };
    let error = bench.client.enqueue_as_batch("one", Some(wrong), vec![request(1)]).await.unwrap_err();
    assert!(matches!(error, BatchError::Callback(_)), "{error}");
    let many = vec![request(1); MAX_BATCH_MEMBERS + 1];
    let error = bench.client.enqueue_as_batch("many", None, many).await.unwrap_err();
    assert!(error.to_string().contains("100001"), "{error}");
    assert_eq!(bench.engine.depth(&queue()).await.unwrap().unfinished(), 0);
}

#[tokio::test]
async fn jobs_join_a_batch_only_while_it_is_open() {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    let batch = bench.client.enqueue_as_batch("one", None, vec![request(1)]).await.unwrap().id;
    let options = EnqueueOptions { batch: Some(batch), ..EnqueueOptions::default() };
    let error = bench.client.enqueue(&Step { number: 2 }, options).await.unwrap_err();
    assert!(error.to_string().contains("batch is sealed"), "{error}");
    assert_eq!(bench.engine.depth(&queue()).await.unwrap().unfinished(), 1);
}

#[tokio::test]
async fn jobs_that_a_full_batch_refuses_are_no_members_of_it() {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    let number = bench.engine.queue_number(&queue()).await.unwrap();
    let keeper = NewBatch {
        id: BatchId::new(SystemClock.now(), number, 1),
        queue: queue(),
        tenant: TenantId::default(),
        description: "nearly full".to_owned(),
        callback: None,
    };
    bench.engine.open_batch(&keeper).await.unwrap();
    let strangers: Vec<_> =
        (600..).map(|nth| JobId::new(SystemClock.now(), number, nth)).take(MAX_BATCH_MEMBERS - 600).collect();
    bench.engine.add_to_batch(keeper.id, &strangers).await.unwrap();
    let member = |nth: u32| {
        let mut request = keyed(nth, &format!("member-{nth}"));
        request.options.batch = Some(keeper.id);
        request
    };
    // The first is a member, and stays one when it is asked for again among too many.
    bench.client.enqueue_one(member(0)).await.unwrap();
    let answers = bench.client.enqueue_batch((0..700).map(member).collect()).await;
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap_err().to_string().contains("at most 100000")));
    let stored = bench.engine.batch(keeper.id).await.unwrap().unwrap();
    assert_eq!(stored.pending, u64::try_from(strangers.len() + 1).unwrap());
    assert_eq!(bench.engine.depth(&queue()).await.unwrap().unfinished(), 1);
}

#[tokio::test]
async fn a_job_is_retried_with_other_args_that_fit_its_kind() {
    let mut bench =
        Bench::new(
            async |number, _| {
                if number == 1 { Err(JobError::permanent("number 1")) } else { Ok(json!(number)) }
            },
        );
    let id = bench.enqueue([1]).await[0];
    let worker = bench.start();
    bench.next().await;
    assert_eq!(bench.client.wait(id, PATIENCE).await.unwrap().state, JobState::Discarded);
    let wrong = bench.client.retry(id, Some(json!({ "number": "two" }))).await.unwrap_err();
    assert!(matches!(wrong, EnqueueError::Check(_)), "{wrong}");
    let answer = bench.client.retry(id, Some(json!({ "number": 2 }))).await.unwrap();
    assert_eq!(answer, RedriveAnswer::Available);
    bench.next().await;
    let job = bench.client.wait(id, PATIENCE).await.unwrap();
    let result: Value = serde_json::from_slice(&job.result.unwrap()).unwrap();
    assert_eq!((job.state, result), (JobState::Completed, json!(2)));
    drained(worker).await;
}

#[tokio::test]
async fn nobody_waits_for_longer_than_they_want_to() {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    let id = bench.enqueue([1]).await[0];
    let error = bench.client.wait(id, Duration::from_millis(20)).await.unwrap_err();
    assert!(matches!(error, WaitError::TimedOut { state: JobState::Available, .. }), "{error}");
    let nobody = windlass_worker::JobId::from_bytes([9; 16]);
    assert_eq!(bench.client.retry(nobody, Some(json!({}))).await.unwrap(), RedriveAnswer::NotFound);
    assert!(matches!(bench.client.wait(nobody, PATIENCE).await, Err(WaitError::NotFound(_))));
}
