//! What works while the database does not, and what does not.

use axum::http::Method;
use serde_json::json;

use crate::support::{Ask, House, greet};
use crate::tokens::{clock, house, secret, shown, token};

#[tokio::test]
async fn nothing_is_done_that_could_not_be_noted() {
    let house = House::new();
    let job = house.enqueued(greet(json!({}))).await;
    house.store().await.close().await.unwrap();
    let (job, queue) = (format!("/api/v1/jobs/{job}"), "/api/v1/queues/greetings");
    for (method, path, body) in [
        (Method::POST, format!("{job}/cancel"), json!({})),
        (Method::DELETE, job.clone(), json!({})),
        (Method::PATCH, job.clone(), json!({"priority": 9})),
        (Method::POST, "/api/v1/jobs/bulk".to_owned(), json!({"action": "delete", "filter": {}})),
        (Method::POST, format!("{queue}/drain"), json!({})),
        (Method::PUT, format!("{queue}/limits/queue"), json!({"concurrency": 1})),
        (Method::POST, "/api/v1/keys".to_owned(), json!({"name": "x", "roles": ["operator"]})),
        (Method::POST, "/api/v1/organizations".to_owned(), json!({"id": "a", "name": "A"})),
    ] {
        let answer = house.send(method, &path, body).await;
        answer.problem(503, "store-unavailable");
        assert!(!answer.header("retry-after").is_empty());
    }
    for path in ["/api/v1/keys", "/api/v1/organizations", "/api/v1/audit"] {
        house.get(path).await.problem(503, "store-unavailable");
    }
    let job = house.get(&job).await;
    assert_eq!((&job.body(200)["state"], &job.body["priority"]), (&json!("available"), &json!(5)));
    let queue = house.get(queue).await;
    assert_eq!((&queue.body(200)["draining"], &queue.body["limits"]), (&json!(false), &json!([])));
    assert_eq!(house.jobs().await, 1);
}

#[tokio::test]
async fn jobs_are_enqueued_and_read_all_the_same_and_a_repetition_is_harmless() {
    let house = House::new();
    house.store().await.close().await.unwrap();
    house.enqueued(greet(json!({}))).await;
    let ask = || Ask::post("/api/v1/jobs", greet(json!({})).to_string()).with("idempotency-key", "order-7");
    let (first, again) = (house.ask(ask()).await, house.ask(ask()).await);
    assert_eq!(first.body(202)["id"], again.body(202)["id"]);
    assert_eq!(house.get("/api/v1/jobs").await.body(200)["jobs"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_that_was_just_used_goes_on_and_one_that_was_not_is_503() {
    let house = House::new();
    let key = async |name: &str| house.make_key(json!({"name": name, "roles": ["operator"]})).await;
    let (used, unused) = (key("used").await, key("unused").await);
    let enqueue = || Ask::post("/api/v1/jobs", greet(json!({})).to_string());
    house.ask_with(&used, enqueue()).await.body(202);
    house.store().await.close().await.unwrap();
    house.ask_with(&used, enqueue()).await.body(202);
    house.ask_with(&unused, enqueue()).await.problem(503, "store-unavailable");
    house.ask_with("not-a-key-of-the-store", enqueue()).await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_token_is_503_until_it_is_known_that_its_organization_is_let_in() {
    let house = house(secret(), clock(1)).await;
    house.store().await.close().await.unwrap();
    shown(&house, &token("teacher")).await.problem(503, "store-unavailable");
    shown(&house, &token("wrong_secret")).await.problem(401, "unauthorized");
    shown(&house, &token("operator")).await.body(200);
}

#[tokio::test]
async fn a_job_of_somebody_elses_is_not_told_from_one_that_nobody_knows() {
    let house = House::new();
    house.make_organization("acme").await;
    let key = house.make_key(json!({"name": "k", "roles": ["teacher"], "organization": "acme"})).await;
    let own = house.enqueued(greet(json!({"tenant": "acme"}))).await;
    let (theirs, gone) = (house.enqueued(greet(json!({}))).await, house.enqueued(greet(json!({}))).await);
    house.order(Method::DELETE, &format!("/api/v1/jobs/{gone}")).await.body(204);
    let show = async |id: &str| house.ask_with(&key, Ask::get(&format!("/api/v1/jobs/{id}"))).await;
    show(&theirs).await.problem(404, "unknown-job");
    house.store().await.close().await.unwrap();
    show(&own).await.body(200);
    for id in [&theirs, &gone] {
        show(id).await.problem(503, "store-unavailable");
        let cancel = Ask::post(&format!("/api/v1/jobs/{id}/cancel"), "");
        house.ask_with(&key, cancel).await.problem(503, "store-unavailable");
    }
}
