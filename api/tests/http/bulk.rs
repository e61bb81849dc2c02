use axum::http::Method;
use serde_json::{Value, json};
use windlass_jobs::operations::{BulkJobs, BulkVerb, Selection};
use windlass_queue::{EnqueueOptions, InspectJobs};
use windlass_shared::JobState;

use crate::support::{Ask, House};

const BULK: &str = "/api/v1/jobs/bulk";

#[tokio::test]
async fn a_bulk_operation_is_a_job_of_the_callers_tenant() {
    let house = House::within("default");
    let posted = json!({
        "action": "reprioritize",
        "filter": {"queue": "greetings", "state": "available", "kind": "greeting.send", "tag": "a",
                   "created_from": "2026-01-01T00:00:00Z", "created_before": "2999-01-01T00:00:00Z"},
        "priority": 9,
    });
    let answer = house.post(BULK, posted).await;
    assert_eq!(answer.body(202)["state"], "available");
    let job = house.get(answer.header("location")).await;
    let job = job.body(200);
    assert_eq!((&job["kind"], &job["queue"]), (&json!("jobs.bulk"), &json!("maintenance")));
    assert_eq!(
        job["args"],
        json!({
            "action": "reprioritize",
            "filter": {"queue": "greetings", "state": "available", "kind": "greeting.send", "tenant": "default", "tag": "a",
                       "created_from": "2026-01-01T00:00:00.000Z", "created_before": "2999-01-01T00:00:00.000Z"},
            "priority": 9,
            "dry_run": false,
        })
    );
}

#[tokio::test]
async fn the_same_idempotency_key_means_the_same_operation() {
    let house = House::new();
    let ask = || {
        let body = json!({"action": "delete", "filter": {"state": "discarded"}}).to_string();
        Ask::post(BULK, body).with("idempotency-key", "spring-cleaning")
    };
    let (first, again) = (house.ask(ask()).await, house.ask(ask()).await);
    assert_eq!(first.body(202)["id"], again.body(202)["id"]);
    assert_eq!(again.header("idempotent-replayed"), "true");
}

#[tokio::test]
async fn an_operation_that_says_too_little_or_too_much_is_422() {
    let house = House::new();
    for (body, path) in [
        (json!({"action": "cancel"}), ""),
        (json!({"filter": {}}), ""),
        (json!({"action": "explode", "filter": {}}), "/action"),
        (json!({"action": "reprioritize", "filter": {}}), "/priority"),
        (json!({"action": "reprioritize", "filter": {}, "priority": 10}), "/priority"),
        (json!({"action": "cancel", "filter": {}, "priority": 1}), "/priority"),
        (json!({"action": "cancel", "filter": {"tenant": "other"}}), "/filter/tenant"),
        (json!({"action": "cancel", "filter": {"state": "done"}}), "/filter/state"),
        (json!({"action": "cancel", "filter": {}, "force": true}), "/force"),
    ] {
        let answer = house.post(BULK, &body).await;
        assert_eq!(answer.problem(422, "invalid-request")["errors"][0]["path"], path, "{body}");
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn the_args_of_an_operation_cannot_be_changed_to_reach_others() {
    let house = House::new();
    let answer = house.post(BULK, json!({"action": "cancel", "filter": {}})).await;
    let location = answer.header("location").to_owned();
    house.order(Method::POST, &format!("{location}/cancel")).await.body(200);
    let args = json!({"args": {"action": "delete", "filter": {"tenant": "other"}}});
    let changed = house.post(&format!("{location}/retry"), args).await;
    assert_eq!(changed.problem(422, "invalid-request")["errors"][0]["path"], "/args");
    house.order(Method::POST, &format!("{location}/retry")).await.body(200);
}

/// A bulk operation that somebody at the command line asked for, with whatever tenant it reaches.
async fn operation(house: &House, reaches: Option<&str>) -> String {
    let filter = Selection { tenant: reaches.map(|tenant| tenant.parse().unwrap()), ..Selection::default() };
    let operation = BulkJobs { action: BulkVerb::Cancel, filter, priority: None, dry_run: false };
    house.client.enqueue(&operation, EnqueueOptions::default()).await.unwrap().id.to_string()
}

#[tokio::test]
async fn an_operation_that_reaches_other_tenants_is_not_the_callers() {
    let house = House::within("default");
    let own = operation(&house, Some("default")).await;
    for reaches in [None, Some("acme")] {
        let theirs = operation(&house, reaches).await;
        let path = format!("/api/v1/jobs/{theirs}");
        for answer in [
            house.get(&path).await,
            house.get(&format!("{path}/why")).await,
            house.send(Method::PATCH, &path, json!({"priority": 0})).await,
            house.order(Method::POST, &format!("{path}/cancel")).await,
            house.order(Method::POST, &format!("{path}/retry")).await,
            house.order(Method::DELETE, &path).await,
        ] {
            answer.problem(404, "unknown-job");
        }
        let id = theirs.parse().unwrap();
        assert_eq!(house.engine.get(&[id]).await.unwrap()[0].as_ref().unwrap().state, JobState::Available);
    }
    let listed = house.get("/api/v1/jobs?kind=jobs.bulk").await;
    let listed: Vec<_> = listed.body(200)["jobs"].as_array().unwrap().iter().map(|job| &job["id"]).collect();
    assert_eq!(listed, [&json!(own)]);
    house.order(Method::POST, &format!("/api/v1/jobs/{own}/cancel")).await.body(200);
}

#[tokio::test]
async fn an_operation_is_for_the_keys_of_the_queue_that_it_reaches() {
    let house = House::new();
    house.make_organization("acme").await;
    let key = async |queues: Value| {
        let key = json!({"name": "k", "roles": ["teacher"], "organization": "acme", "queues": queues});
        house.make_key(key).await
    };
    let everywhere = key(json!([])).await;
    let (greeter, maintainer) = (key(json!(["greetings"])).await, key(json!(["maintenance"])).await);
    let both = key(json!(["greetings", "default"])).await;
    let post = async |key: &str| {
        let body = json!({"action": "cancel", "filter": {}}).to_string();
        let answer = house.ask_with(key, Ask::post(BULK, body)).await;
        answer.body(202);
        answer.header("location").to_owned()
    };
    let (wide, narrow) = (post(&everywhere).await, post(&greeter).await);
    for (key, path, status) in [
        (&everywhere, &wide, 200),
        (&everywhere, &narrow, 200),
        (&greeter, &wide, 404),
        (&greeter, &narrow, 200),
        (&both, &wide, 404),
        (&both, &narrow, 200),
        (&maintainer, &wide, 404),
        (&maintainer, &narrow, 404),
    ] {
        house.ask_with(key, Ask::get(path)).await.body(status);
    }
    for path in [&wide, &narrow] {
        for order in ["cancel", "retry"] {
            let ask = Ask::post(&format!("{path}/{order}"), "");
            house.ask_with(&maintainer, ask).await.problem(404, "unknown-job");
        }
    }
    for (key, seen) in [(&everywhere, 2), (&greeter, 1), (&both, 1), (&maintainer, 0)] {
        for query in ["kind=jobs.bulk", "kind=jobs.bulk&queue=maintenance"] {
            let listed = house.ask_with(key, Ask::get(&format!("/api/v1/jobs?{query}"))).await;
            assert_eq!(listed.body(200)["jobs"].as_array().unwrap().len(), seen, "{query}");
        }
    }
    house.ask_with(&greeter, Ask::post(&format!("{narrow}/cancel"), "")).await.body(200);
}
