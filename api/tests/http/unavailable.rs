use serde_json::json;

use crate::support::{Answer, Ask, Door};

fn assert_unavailable(answer: &Answer) {
    let problem = answer.problem(503, "engine-unavailable");
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0, "{answer:?}");
    assert!(!problem.to_string().contains("127.0.0.1"), "the answer tells where the engine lives: {problem}");
}

#[tokio::test]
async fn without_its_engine_a_process_is_live_but_not_ready() {
    let door = Door::of_nobody();
    assert_eq!(door.ask_as(None, Ask::get("/health/live")).await.status, 200);
    assert_unavailable(&door.ask_as(None, Ask::get("/health/ready")).await);
}

#[tokio::test]
async fn without_the_engine_jobs_are_neither_taken_nor_shown() {
    let door = Door::of_nobody();
    assert_unavailable(&door.post("/api/v1/jobs", json!({"kind": "nothing.do"})).await);
    assert_unavailable(&door.get("/api/v1/jobs/0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007").await);
}

#[tokio::test]
async fn without_the_engine_nothing_is_listed_steered_or_ruled() {
    let door = Door::of_nobody();
    assert_unavailable(&door.get("/api/v1/jobs").await);
    assert_unavailable(&door.post("/api/v1/jobs/0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007/cancel", "").await);
    assert_unavailable(&door.post("/api/v1/jobs/bulk", json!({"action": "cancel", "filter": {}})).await);
    assert_unavailable(&door.get("/api/v1/queues").await);
    assert_unavailable(&door.post("/api/v1/queues/greetings/pause", "").await);
    let batch = json!({"jobs": [{"kind": "nothing.do"}]});
    assert_unavailable(&door.post("/api/v1/batches", batch).await);
}

#[tokio::test]
async fn without_the_engine_a_batch_fails_as_a_whole_whatever_else_is_wrong_with_it() {
    let door = Door::of_nobody();
    let batch = json!({"jobs": [{"kind": "nothing.do"}, {"kind": "nothing.due"}, 7]});
    assert_unavailable(&door.post("/api/v1/jobs/batch", batch).await);
}

#[tokio::test]
async fn what_needs_no_engine_is_answered_without_it() {
    let door = Door::of_nobody();
    assert_eq!(door.get("/api/v1/kinds").await.status, 200);
    door.post("/api/v1/jobs", json!({"kind": "nothing.due"})).await.problem(404, "unknown-kind");
    door.post("/api/v1/jobs", "{").await.problem(400, "invalid-json");
}
