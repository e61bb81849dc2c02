use axum::http::Method;
use serde_json::{Value, json};
use windlass_queue::EnqueueOptions;

use crate::support::{Greet, House, greet};

const NOBODY: &str = "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007";

fn path(id: &str, what: &str) -> String {
    format!("/api/v1/jobs/{id}{what}")
}

async fn state(house: &House, id: &str) -> Value {
    house.get(&path(id, "")).await.body(200)["state"].clone()
}

#[tokio::test]
async fn a_waiting_job_is_cancelled_at_once_and_again_without_harm() {
    let house = House::new();
    let id = house.enqueued(greet(json!({}))).await;
    for _ in 0..2 {
        let answer = house.order(Method::POST, &path(&id, "/cancel")).await;
        assert_eq!(answer.body(200), &json!({"id": id, "state": "cancelled"}));
    }
}

#[tokio::test]
async fn a_running_job_is_asked_to_stop() {
    let house = House::new();
    let id = house.enqueued(greet(json!({}))).await;
    house.claimed().await;
    let answer = house.order(Method::POST, &path(&id, "/cancel")).await;
    assert_eq!(answer.body(202), &json!({"id": id, "state": "running", "cancel_requested": true}));
}

#[tokio::test]
async fn what_its_state_does_not_allow_is_409_with_the_state() {
    let house = House::new();
    let id = house.enqueued(greet(json!({}))).await;
    house.claimed().await;
    for answer in [
        house.order(Method::POST, &path(&id, "/retry")).await,
        house.order(Method::DELETE, &path(&id, "")).await,
    ] {
        assert_eq!(answer.problem(409, "wrong-state")["state"], "running");
    }
    let done = House::new();
    let id = done.enqueued(greet(json!({}))).await;
    done.completed().await;
    for answer in [
        done.order(Method::POST, &path(&id, "/cancel")).await,
        done.send(Method::PATCH, &path(&id, ""), json!({"priority": 0})).await,
    ] {
        assert_eq!(answer.problem(409, "wrong-state")["state"], "completed");
    }
}

#[tokio::test]
async fn a_job_that_has_ended_runs_again_with_other_args_if_they_are_given() {
    let house = House::new();
    let id = house.enqueued(greet(json!({}))).await;
    house.completed().await;
    let wrong = house.post(&path(&id, "/retry"), json!({"args": {"name": 7}})).await;
    assert_eq!(wrong.problem(422, "invalid-args")["errors"][0]["path"], "/args/name");
    let unknown = house.post(&path(&id, "/retry"), json!({"priority": 0})).await;
    assert_eq!(unknown.problem(422, "invalid-request")["errors"][0]["path"], "/priority");
    assert_eq!(state(&house, &id).await, "completed");

    let retried = house.post(&path(&id, "/retry"), json!({"args": {"name": "Grace"}})).await;
    assert_eq!(retried.body(200), &json!({"id": id, "state": "available"}));
    assert_eq!(house.get(&path(&id, "")).await.body["args"], json!({"name": "Grace"}));
}

#[tokio::test]
async fn a_job_that_waits_for_its_time_starts_now() {
    let house = House::new();
    let id = house.enqueued(greet(json!({"delay_ms": 3_600_000}))).await;
    assert_eq!(house.order(Method::POST, &path(&id, "/retry")).await.body(200)["state"], "available");
    assert_eq!(house.claimed().await.claim.job.to_string(), id);
}

#[tokio::test]
async fn a_retry_whose_unique_key_another_job_holds_is_409_with_the_holder() {
    let house = House::new();
    let unique = || greet(json!({"unique": {"until": "finish"}}));
    let first = house.enqueued(unique()).await;
    house.completed().await;
    let second = house.enqueued(unique()).await;
    assert_ne!(first, second);
    let answer = house.order(Method::POST, &path(&first, "/retry")).await;
    assert_eq!(answer.problem(409, "unique-conflict")["holder"], second);
}

#[tokio::test]
async fn a_job_is_removed_with_all_that_is_known_of_it() {
    let house = House::new();
    let id = house.enqueued(greet(json!({}))).await;
    assert_eq!(house.order(Method::DELETE, &path(&id, "")).await.status, 204);
    house.get(&path(&id, "")).await.problem(404, "unknown-job");
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn a_job_gets_another_priority() {
    let house = House::new();
    house.enqueued(greet(json!({}))).await;
    let id = house.enqueued(greet(json!({}))).await;
    for (body, at) in
        [(json!({"priority": 10}), "/priority"), (json!({}), ""), (json!({"state": "running"}), "/state")]
    {
        let answer = house.send(Method::PATCH, &path(&id, ""), body).await;
        assert_eq!(answer.problem(422, "invalid-request")["errors"][0]["path"], at);
    }
    let answer = house.send(Method::PATCH, &path(&id, ""), json!({"priority": 0})).await;
    assert_eq!(answer.body(200), &json!({"id": id, "state": "available", "priority": 0}));
    assert_eq!(house.claimed().await.claim.job.to_string(), id);
}

#[tokio::test]
async fn it_is_told_why_a_job_does_not_run() {
    let house = House::new();
    let id = house.enqueued(greet(json!({}))).await;
    house
        .post("/api/v1/queues/greetings/pause", json!({"scope": "kind:greeting.send", "note": "lunch"}))
        .await;
    let answer = house.get(&path(&id, "/why")).await;
    let why = answer.body(200);
    assert_eq!((&why["job"], &why["state"]), (&json!(id), &json!("available")));
    let reasons = why["reasons"].as_array().unwrap();
    let paused = json!({"reason": "paused", "scope": "kind:greeting.send", "note": "lunch"});
    assert!(reasons.contains(&paused), "{why}");
    assert!(reasons.contains(&json!({"reason": "no_workers"})), "{why}");
}

#[tokio::test]
async fn whose_jobs_fill_a_limit_is_told_of_the_callers_own_only() {
    let house = House::within("default");
    let limit = json!({"concurrency": 2});
    house.send(Method::PUT, "/api/v1/queues/greetings/limits/queue", limit).await;
    let own = house.enqueued(greet(json!({}))).await;
    house.claimed().await;
    let args = Greet { name: "Ada".to_owned(), nested: None };
    let options = EnqueueOptions { tenant: "other".parse().unwrap(), ..EnqueueOptions::default() };
    let theirs = house.client.enqueue(&args, options).await.unwrap().id.to_string();
    house.claimed().await;
    let waits = house.enqueued(greet(json!({}))).await;
    let answer = house.get(&path(&waits, "/why")).await;
    let why = answer.body(200);
    let full =
        json!({"reason": "limit_full", "scope": "queue", "limit": 2, "holders": [own], "other_holders": 1});
    assert!(why["reasons"].as_array().unwrap().contains(&full), "{why}");
    assert!(!why.to_string().contains(&theirs), "{why}");
}

#[tokio::test]
async fn a_job_that_is_not_there_or_not_the_callers_is_404_for_every_order() {
    let house = House::within("default");
    let args = Greet { name: "Ada".to_owned(), nested: None };
    let options = EnqueueOptions { tenant: "other".parse().unwrap(), ..EnqueueOptions::default() };
    let theirs = house.client.enqueue(&args, options).await.unwrap().id.to_string();
    for id in [NOBODY, "7", "%ff", &theirs] {
        for answer in [
            house.order(Method::POST, &path(id, "/cancel")).await,
            house.order(Method::POST, &path(id, "/retry")).await,
            house.order(Method::DELETE, &path(id, "")).await,
            house.send(Method::PATCH, &path(id, ""), json!({"priority": 0})).await,
            house.get(&path(id, "/why")).await,
        ] {
            answer.problem(404, "unknown-job");
        }
    }
    assert_eq!(house.jobs().await, 1);
}
