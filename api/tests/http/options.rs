//! What can be said of a job when it is enqueued, and what keeps one out.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, House, greet};

async fn job(house: &House, options: Value) -> Value {
    let id = house.enqueued(greet(options)).await;
    house.get(&format!("/api/v1/jobs/{id}")).await.body(200).clone()
}

#[tokio::test]
async fn what_was_asked_for_is_shown() {
    let house = House::new();
    for backoff in [
        json!({"type": "fixed", "wait_ms": 5_000}),
        json!({"type": "list", "waits_ms": [1_000, 60_000]}),
        json!({"type": "exponential", "base_ms": 2_000, "most_ms": 3_600_000}),
    ] {
        assert_eq!(job(&house, json!({"backoff": backoff})).await["backoff"], backoff);
    }
    assert_eq!(job(&house, json!({"limit_key": "stripe:acct_1"})).await["limit_key"], "stripe:acct_1");
    let at = "2999-01-01T00:00:00.000Z";
    assert_eq!(job(&house, json!({"expires_at": at})).await["expires_at"], at);
    assert!(job(&house, json!({"expires_in_ms": 60_000})).await["expires_at"].is_string());
    let unique = json!({"until": "period", "period_ms": 5_000, "on_conflict": "reject"});
    let asked = json!({"unique": {"until": "period", "period_ms": 5_000, "args": ["name"]}});
    assert_eq!(job(&house, asked).await["unique"], unique);
}

#[tokio::test]
async fn of_two_that_are_the_same_the_answer_names_the_one_that_stands_for_both() {
    let house = House::new();
    let unique = |policy: &str, name: &str| {
        let unique = json!({"until": "finish", "args": [], "on_conflict": policy});
        greet(json!({"args": {"name": name}, "unique": unique}))
    };
    let first = house.enqueued(unique("reject", "Ada")).await;
    for (policy, acceptance, name) in [("reject", "conflict", "Ada"), ("replace", "replaced", "Grace")] {
        let answer = house.post("/api/v1/jobs", unique(policy, "Grace")).await;
        let expected = json!({"id": first, "task_id": first, "state": "available", "duplicate": true,
                              "acceptance": acceptance});
        assert_eq!(answer.body(202), &expected);
        assert_eq!(house.get(&format!("/api/v1/jobs/{first}")).await.body["args"]["name"], name);
    }
    assert_eq!(house.jobs().await, 1);
}

#[tokio::test]
async fn a_job_with_a_unique_key_is_retried_with_the_args_that_it_has_alone() {
    let house = House::new();
    let unique = json!({"until": "finish", "args": ["name"]});
    let id = house.enqueued(greet(json!({"args": {"name": "Ada"}, "unique": unique}))).await;
    let retry = format!("/api/v1/jobs/{id}/retry");
    let other = house.post(&retry, json!({"args": {"name": "Grace"}})).await;
    assert_eq!(other.problem(422, "invalid-request")["errors"][0]["path"], "/args");
    assert_eq!(house.get(&format!("/api/v1/jobs/{id}")).await.body["args"]["name"], "Ada");
    house.post(&retry, json!({"args": {"name": "Ada"}})).await.body(200);
}

fn retry_after(answer: &Answer) -> u64 {
    answer.header("retry-after").parse().unwrap()
}

#[tokio::test]
async fn a_full_queue_is_429_and_one_that_drains_503_both_with_a_time_to_come_back() {
    let house = House::new();
    let queue = "/api/v1/queues/greetings";
    house.send(Method::PATCH, queue, json!({"max_depth": 1})).await.body(200);
    house.enqueued(greet(json!({}))).await;
    let full = house.post("/api/v1/jobs", greet(json!({}))).await;
    let problem = full.problem(429, "queue-full");
    assert_eq!((&problem["queue"], &problem["limit"]), (&json!("greetings"), &json!(1)));
    assert_eq!(retry_after(&full), 10);

    house.send(Method::PATCH, queue, json!({"max_depth": null, "tenant_quota": 1})).await.body(200);
    let used_up = house.post("/api/v1/jobs", greet(json!({}))).await;
    assert_eq!(used_up.problem(429, "quota-reached")["tenant"], "default");
    assert_eq!(retry_after(&used_up), 10);

    house.post(&format!("{queue}/drain"), "").await;
    let draining = house.post("/api/v1/jobs", greet(json!({}))).await;
    assert_eq!(draining.problem(503, "draining")["queue"], "greetings");
    assert_eq!(retry_after(&draining), 10);
}

#[tokio::test]
async fn a_batch_of_which_a_full_queue_takes_nothing_fails_as_a_whole_and_else_in_part() {
    let house = House::new();
    let batch = |jobs: &[Value]| json!({ "jobs": jobs });
    house.send(Method::PATCH, "/api/v1/queues/greetings", json!({"max_depth": 1})).await.body(200);
    let jobs = [greet(json!({})), greet(json!({}))];
    let part = house.post("/api/v1/jobs/batch", batch(&jobs)).await;
    assert_eq!(part.body(202)["jobs"][0]["state"], "available");
    assert_eq!(part.body["jobs"][1]["error"]["status"], 429);
    let none = house.post("/api/v1/jobs/batch", batch(&jobs)).await;
    none.problem(429, "queue-full");
    assert_eq!(retry_after(&none), 10);
}
