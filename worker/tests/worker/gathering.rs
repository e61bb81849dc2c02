//! Jobs that many enqueue one at a time share calls to the engine, and know nothing of one another.

use std::pin::Pin;

use futures::future::{join_all, poll_immediate};
use serde_json::json;
use tokio::time::timeout;
use windlass_queue::{Acceptance, EngineError, EnqueueError, EnqueueRequest, Enqueued, Reach};
use windlass_worker::EnqueueOptions;

use crate::bench::{Bench, PATIENCE, queue};
use crate::tap::Answers;

type Answer = Result<Enqueued, EnqueueError>;
type Enqueue = Pin<Box<dyn Future<Output = Answer> + Send>>;

fn request(number: u32) -> EnqueueRequest {
    let (kind, args) = ("test.step".to_owned(), json!({ "number": number }));
    EnqueueRequest { kind, args, options: EnqueueOptions::default() }
}

fn keyed(number: u32, key: &str) -> EnqueueRequest {
    let options = EnqueueOptions { idempotency_key: Some(key.to_owned()), ..EnqueueOptions::default() };
    EnqueueRequest { options, ..request(number) }
}

/// A bench with one call under way that goes no further before [`Jam::clear`].
struct Jam {
    bench: Bench,
    first: Enqueue,
}

impl Jam {
    async fn new() -> Self {
        let bench = Bench::new(async |_, _| Ok(json!(null)));
        // From here on the client knows the number of the queue, so that what follows gets in line at once.
        bench.enqueue([0]).await;
        bench.tap.enqueued.send_modify(Vec::clear);
        bench.tap.entrance_open.send_replace(false);
        let first = in_line(&bench, request(1)).await;
        let mut calls = bench.tap.enqueued.subscribe();
        timeout(PATIENCE, calls.wait_for(|calls| *calls == [1])).await.expect("nobody calls").unwrap();
        Self { bench, first }
    }

    /// Lets calls through, and answers what the first one came to and how many jobs went with each.
    async fn clear(self, others: Vec<Enqueue>) -> (Bench, Answer, Vec<Answer>, Vec<usize>) {
        self.bench.tap.entrance_open.send_replace(true);
        let answers = async { (self.first.await, join_all(others).await) };
        let (first, others) = timeout(PATIENCE, answers).await.expect("nobody answers");
        let calls = self.bench.tap.enqueued.borrow().clone();
        (self.bench, first, others, calls)
    }
}

/// An enqueue that waits for its answer.
async fn in_line(bench: &Bench, request: EnqueueRequest) -> Enqueue {
    let client = bench.client.clone();
    let mut enqueue: Enqueue = Box::pin(async move { client.enqueue_one(request).await });
    assert!(poll_immediate(&mut enqueue).await.is_none(), "it was answered at once");
    enqueue
}

async fn all_in_line(bench: &Bench, requests: impl IntoIterator<Item = EnqueueRequest>) -> Vec<Enqueue> {
    let mut enqueues = Vec::new();
    for request in requests {
        enqueues.push(in_line(bench, request).await);
        // Tokio lets a task do only so much before it gives way, and would keep those that follow out of the line.
        tokio::task::yield_now().await;
    }
    enqueues
}

#[tokio::test]
async fn what_comes_while_a_call_is_under_way_goes_with_the_next_one() {
    let jam = Jam::new().await;
    let others = all_in_line(&jam.bench, (2..7).map(request)).await;
    let (bench, first, others, calls) = jam.clear(others).await;
    assert_eq!(calls, [1, 5]);
    let answers = std::iter::once(first).chain(others).map(Result::unwrap);
    let jobs = bench.jobs(&answers.map(|answer| answer.id).collect::<Vec<_>>()).await;
    let numbers: Vec<_> = jobs.iter().map(|job| String::from_utf8_lossy(&job.args).into_owned()).collect();
    assert_eq!(numbers, (1..7).map(|number| format!("{{\"number\":{number}}}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_call_takes_a_bounded_number_of_jobs() {
    let jam = Jam::new().await;
    let others = all_in_line(&jam.bench, (0..450).map(request)).await;
    let (_, _, others, calls) = jam.clear(others).await;
    assert!(others.iter().all(Result::is_ok));
    assert_eq!(calls, [1, 200, 200, 50]);
}

#[tokio::test]
async fn whoever_finds_the_line_full_waits_for_room() {
    let jam = Jam::new().await;
    let others = all_in_line(&jam.bench, (0..2_500).map(request)).await;
    let (_, _, others, calls) = jam.clear(others).await;
    assert!(others.iter().all(Result::is_ok));
    assert_eq!(calls.iter().sum::<usize>(), 2_501);
}

#[tokio::test]
async fn each_job_has_an_answer_of_its_own() {
    let jam = Jam::new().await;
    let wrong = EnqueueRequest { args: json!({ "number": "two" }), ..request(2) };
    let refused = jam.bench.client.enqueue_one(wrong).await;
    assert!(matches!(refused, Err(EnqueueError::Check(_))), "it has no need of the engine: {refused:?}");
    let others = all_in_line(&jam.bench, [keyed(2, "order"), request(3), keyed(2, "order")]).await;
    let (_, _, others, calls) = jam.clear(others).await;
    assert_eq!(calls, [1, 3]);
    let answers: Vec<_> = others.into_iter().map(Result::unwrap).collect();
    let acceptances = [Acceptance::New, Acceptance::New, Acceptance::Duplicate];
    assert_eq!(answers.iter().map(|answer| answer.acceptance).collect::<Vec<_>>(), acceptances);
    assert!(answers[0].id == answers[2].id && answers[0].id != answers[1].id);
}

#[tokio::test]
async fn a_call_that_fails_fails_for_each_job_that_went_with_it_and_for_no_other() {
    let jam = Jam::new().await;
    let others = all_in_line(&jam.bench, [request(2), request(3)]).await;
    jam.bench.tap.enqueues.send_replace(Answers::Cut(Reach::Unknown));
    let (bench, first, others, _) = jam.clear(others).await;
    for answer in others.into_iter().chain([first]) {
        assert!(matches!(answer, Err(EnqueueError::Engine(EngineError::Unavailable { .. }))), "{answer:?}");
    }
    bench.tap.enqueues.send_replace(Answers::Arrive);
    bench.enqueue([4]).await;
    assert_eq!(bench.engine.depth(&queue()).await.unwrap().available, 2);
}

#[tokio::test]
async fn who_hangs_up_holds_nobody_up() {
    let mut jam = Jam::new().await;
    // One whose job is under way already, and one whose job is not and never will be.
    jam.first = in_line(&jam.bench, request(2)).await;
    drop(in_line(&jam.bench, request(3)).await);
    let others = all_in_line(&jam.bench, [request(4), request(5)]).await;
    let (bench, second, others, calls) = jam.clear(others).await;
    assert!(others.iter().chain([&second]).all(Result::is_ok));
    assert_eq!(calls, [1, 3]);
    assert_eq!(bench.engine.depth(&queue()).await.unwrap().available, 5);
}

#[tokio::test]
async fn who_does_not_look_for_the_answer_holds_nobody_up() {
    let jam = Jam::new().await;
    let [idle, other] = [in_line(&jam.bench, request(2)).await, in_line(&jam.bench, request(3)).await];
    jam.bench.tap.entrance_open.send_replace(true);
    assert!(timeout(PATIENCE, other).await.expect("it waits for those who do not look").is_ok());
    assert!(idle.await.is_ok() && jam.first.await.is_ok());
}

#[tokio::test]
async fn a_runtime_that_ends_leaves_nobody_waiting() {
    let bench = Bench::new(async |_, _| Ok(json!(null)));
    bench.enqueue([0]).await;
    bench.tap.enqueued.send_modify(Vec::clear);
    bench.tap.entrance_open.send_replace(false);
    let another = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let client = bench.client.clone();
    let cut_off = another.spawn(async move { client.enqueue_one(request(1)).await });
    let mut calls = bench.tap.enqueued.subscribe();
    timeout(PATIENCE, calls.wait_for(|calls| *calls == [1])).await.expect("nobody calls").unwrap();
    let waiting = in_line(&bench, request(2)).await;
    another.shutdown_background();
    assert!(cut_off.await.unwrap_err().is_cancelled());
    let answer = timeout(PATIENCE, waiting).await.expect("nobody answers");
    assert!(matches!(answer, Err(EnqueueError::NoAnswer)), "{answer:?}");
    bench.tap.entrance_open.send_replace(true);
    bench.enqueue([3]).await;
}
