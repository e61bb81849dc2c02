//! A batch takes several calls to the engine, and goes on when its caller does not wait for the last one.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use windlass_api::serve;
use windlass_queue::{InspectJobs, JobFilter};

use crate::support::{Ask, House, KEY, greet};

const BATCHES: &str = "/api/v1/batches";
/// For how long a caller who gives up waits; the engine is held up for longer.
const IMPATIENCE: Duration = Duration::from_millis(200);

fn two_greetings() -> Value {
    json!({"callback": {"kind": "nothing.do"}, "jobs": [greet(json!({})), greet(json!({}))]})
}

/// A house whose queues are known, so that the next thing that a batch does is to be opened.
async fn settled_house() -> House {
    let house = House::new();
    house.enqueued(greet(json!({}))).await;
    house.enqueued(json!({"kind": "nothing.do"})).await;
    house
}

/// The batch of the greetings, once there is one that is sealed.
async fn sealed(house: &House) -> Value {
    loop {
        let page = house.engine.list(&JobFilter::default(), None, 100).await.unwrap();
        if let Some(batch) = page.jobs.iter().find_map(|job| job.batch) {
            let batch = house.get(&format!("{BATCHES}/{batch}")).await.body(200).clone();
            if batch["sealed"] == true {
                return batch;
            }
        }
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_caller_who_hangs_up_leaves_no_batch_open() {
    let house = settled_house().await;
    let held = house.held_up();
    timeout(IMPATIENCE, house.post(BATCHES, two_greetings())).await.unwrap_err();
    drop(held);
    let batch = timeout(Duration::from_secs(20), sealed(&house)).await.expect("the batch is sealed");
    assert_eq!((&batch["total"], &batch["pending"]), (&json!(2), &json!(2)));
}

#[tokio::test]
async fn a_caller_who_is_not_answered_in_time_learns_where_to_look() {
    let house = settled_house().await;
    let held = house.held_up();
    tokio::time::pause();
    let answer = house.post(BATCHES, two_greetings()).await;
    tokio::time::resume();
    let problem = answer.problem(503, "too-slow");
    let detail = problem["detail"].as_str().unwrap();
    assert!(!detail.contains("Idempotency-Key") && detail.contains("Do not post it again"), "{detail}");
    drop(held);
    let batch = timeout(Duration::from_secs(20), sealed(&house)).await.expect("the batch is sealed");
    assert_eq!(batch["id"], problem["batch"]);
}

#[tokio::test]
async fn other_requests_that_are_not_answered_in_time_name_no_batch() {
    let house = settled_house().await;
    let held = house.held_up();
    tokio::time::pause();
    let body = json!({"jobs": [greet(json!({}))]}).to_string();
    let post = Ask::post("/api/v1/jobs/batch", body).with("content-type", "application/json");
    let answer = house.ask(post.with("idempotency-key", "a")).await;
    tokio::time::resume();
    let problem = answer.problem(503, "too-slow");
    assert!(problem["detail"].as_str().unwrap().contains("the same Idempotency-Key"), "{problem}");
    assert!(problem.get("batch").is_none(), "{problem}");
    drop(held);
}

#[tokio::test]
async fn a_server_ends_when_the_batches_of_callers_who_hung_up_are_there() {
    let house = settled_house().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let shutdown = CancellationToken::new();
    let mut serving = std::pin::pin!(serve(listener, house.api(), shutdown.clone()));

    let held = house.held_up();
    let hang_up = async {
        let body = two_greetings().to_string();
        let request = format!(
            "POST {BATCHES} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(format!("{request}{body}").as_bytes()).await.unwrap();
        timeout(IMPATIENCE, stream.read_u8()).await.expect_err("the engine is held up");
        drop(stream);
        shutdown.cancel();
    };
    tokio::select! {
        _ = &mut serving => panic!("nobody asked it to end"),
        () = hang_up => {}
    }
    timeout(IMPATIENCE, &mut serving).await.expect_err("the batch is not there yet");
    drop(held);
    timeout(Duration::from_secs(20), serving).await.expect("it ends").unwrap();
    let batch = timeout(IMPATIENCE, sealed(&house)).await.expect("the batch was sealed before");
    assert_eq!(batch["total"], 2);
}
