//! Jobs that their queue has forgotten.

use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use windlass_queue::{
    AttemptError, Engine, ErrorReason, MaintainQueue, Retention, SettleJobs, Settlement, SteerJobs, Verdict,
};
use windlass_relay::Recorder;
use windlass_shared::{ClaimNumber, SystemClock, Timestamp};

use crate::support::{Ask, House, greet};

const JOBS: &str = "/api/v1/jobs";

#[tokio::test]
async fn a_job_of_the_past_is_found_with_what_became_of_it() {
    let house = House::new();
    let id = house.enqueued(greet(json!({"tags": ["nightly"]}))).await;
    fail(&house).await;
    let held = house.get(&format!("{JOBS}/{id}")).await.body(200).clone();
    assert_eq!(held["source"], "queue");
    pass(&house).await;
    let past = house.get(&format!("{JOBS}/{id}")).await.body(200).clone();
    assert_eq!(past["source"], "history");
    for member in ["state", "args", "errors", "tags", "finished_at", "attempt", "claims", "timeout_ms"] {
        assert_eq!(past[member], held[member], "{member}");
    }
    for query in
        ["", "?state=discarded", "?tag=nightly", "?error=NO%20SUCH", "?kind=greeting.send&queue=greetings"]
    {
        let page = house.get(&format!("{JOBS}{query}")).await;
        assert_eq!(page.body(200)["jobs"][0]["id"], id, "{query}");
        assert_eq!(page.body["jobs"].as_array().map(Vec::len), Some(1), "{query}");
    }
    for query in ["?state=completed", "?tag=other", "?error=100%25", "?finished_before=2001-01-01T00:00:00Z"]
    {
        assert_eq!(house.get(&format!("{JOBS}{query}")).await.body(200)["jobs"], json!([]), "{query}");
    }
}

#[tokio::test]
async fn each_claim_on_a_job_is_listed_once_it_is_recorded() {
    let house = House::new();
    let id = house.enqueued(greet(json!({}))).await;
    assert_eq!(runs(&house, &id).await, json!([]));
    fail(&house).await;
    pass(&house).await;
    let runs = runs(&house, &id).await;
    assert_eq!(runs[0]["claim"], 1);
    assert_eq!(runs[0]["verb"], "discard");
    assert_eq!(runs[0]["error_reason"], "permanent");
    assert_eq!(runs[0]["error"], "no such address");
    assert_eq!(runs.as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_job_of_the_past_is_steered_no_more_and_can_be_deleted() {
    let house = House::new();
    let id = house.enqueued(greet(json!({}))).await;
    fail(&house).await;
    pass(&house).await;
    for order in ["cancel", "retry"] {
        let answer = house.post(&format!("{JOBS}/{id}/{order}"), json!({})).await;
        answer.problem(409, "wrong-state");
    }
    house.order(Method::DELETE, &format!("{JOBS}/{id}")).await.body(204);
    house.get(&format!("{JOBS}/{id}")).await.problem(404, "unknown-job");
    house.get(&format!("{JOBS}/{id}/runs")).await.problem(404, "unknown-job");
}

#[tokio::test]
async fn a_job_that_the_queue_held_is_deleted_even_where_its_past_cannot_be() {
    let house = House::new();
    let (held, past) = (house.enqueued(greet(json!({}))).await, house.enqueued(greet(json!({}))).await);
    for _ in [&held, &past] {
        fail(&house).await;
    }
    record(&house).await;
    house.engine.delete(&[past.parse().unwrap()]).await.unwrap();
    house.tamper("ALTER TABLE windlass_job_history RENAME TO hidden").await;
    house.order(Method::DELETE, &format!("{JOBS}/{held}")).await.body(204);
    let refused = house.order(Method::DELETE, &format!("{JOBS}/{past}")).await;
    assert!(refused.status.is_server_error(), "{refused:?}");
    assert_eq!(house.jobs().await, 0);

    house.tamper("ALTER TABLE hidden RENAME TO windlass_job_history").await;
    house.order(Method::DELETE, &format!("{JOBS}/{past}")).await.body(204);
    assert_eq!(house.get(&format!("{JOBS}/{held}")).await.body(200)["source"], "history");
    record(&house).await;
    house.get(&format!("{JOBS}/{held}")).await.problem(404, "unknown-job");
}

#[tokio::test]
async fn the_past_of_another_organization_is_not_found() {
    let house = House::new();
    let id = house.enqueued(greet(json!({}))).await;
    fail(&house).await;
    pass(&house).await;
    let within = |path: String| Ask::get(&path).with("windlass-organization", "acme");
    house.ask(within(format!("{JOBS}/{id}"))).await.problem(404, "unknown-job");
    house.ask(within(format!("{JOBS}/{id}/runs"))).await.problem(404, "unknown-job");
    assert_eq!(house.ask(within(JOBS.to_owned())).await.body(200)["jobs"], json!([]));
}

#[tokio::test]
async fn how_far_the_history_is_can_be_asked() {
    let house = House::new();
    house.enqueued(greet(json!({}))).await;
    fail(&house).await;
    let before = house.get("/api/v1/history").await.body(200)["queues"][0].clone();
    assert_eq!((&before["recorded"], &before["behind"]), (&json!(0), &json!(1)));
    pass(&house).await;
    let after = house.get("/api/v1/history").await.body(200)["queues"][0].clone();
    assert_eq!((&after["queue"], &after["recorded"]), (&json!("greetings"), &json!(1)));
    assert_eq!((&after["behind"], &after["lag_ms"], &after["missed"]), (&json!(0), &json!(0), &json!(0)));
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_refused() {
    let house = House::new();
    for query in ["error=", "error=%00", &format!("error={}", "x".repeat(201)), "finished_from=yesterday"] {
        house.get(&format!("{JOBS}?{query}")).await.problem(422, "invalid-request");
    }
}

async fn runs(house: &House, id: &str) -> Value {
    house.get(&format!("{JOBS}/{id}/runs")).await.body(200)["runs"].clone()
}

/// Gives the next job up.
async fn fail(house: &House) {
    let claim = house.claimed().await.claim;
    let error = AttemptError {
        attempt: 1,
        claim: ClaimNumber::new(1),
        at: Timestamp::from_millis(0),
        reason: ErrorReason::Permanent,
        message: "no such address".to_owned(),
    };
    let verdict = Verdict::Discard { error };
    house.engine.settle(&[Settlement { claim, tenant: None, verdict }]).await.unwrap();
}

/// Records what has happened, and has the queue forget it.
async fn pass(house: &House) {
    record(house).await;
    let queue = "greetings".parse().unwrap();
    let nothing = Retention { completed_most: 0, failed_most: 0, ..Retention::default() };
    assert_eq!(house.engine.prune(&queue, &nothing, 10).await.unwrap(), 1);
}

/// Records what has happened.
async fn record(house: &House) {
    let engine: Arc<dyn Engine> = Arc::clone(&house.engine) as Arc<dyn Engine>;
    let history = house.store().await.history();
    let mut recorder = Recorder::new(engine, history, Arc::new(SystemClock));
    recorder.run_once(&"greetings".parse().unwrap()).await.unwrap();
}
