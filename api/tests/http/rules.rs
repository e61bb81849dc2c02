//! Pauses, limits and tenants of a queue.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{House, greet};

const QUEUE: &str = "/api/v1/queues/greetings";

async fn rules(house: &House, sort: &str) -> Value {
    house.get(QUEUE).await.body(200)[sort].clone()
}

#[tokio::test]
async fn a_pause_holds_jobs_up_until_it_is_resumed() {
    let house = House::new();
    house.enqueued(greet(json!({}))).await;
    assert_eq!(house.order(Method::POST, &format!("{QUEUE}/pause")).await.status, 204);
    assert_eq!(rules(&house, "pauses").await, json!([{"scope": "queue"}]));
    let resumed = house.order(Method::POST, &format!("{QUEUE}/resume")).await;
    assert_eq!(resumed.body(200), &json!({"resumed": true}));
    let again = house.order(Method::POST, &format!("{QUEUE}/resume")).await;
    assert_eq!(again.body(200), &json!({"resumed": false}));
    house.claimed().await;
}

#[tokio::test]
async fn a_pause_may_name_a_part_an_end_and_a_reason() {
    let house = House::new();
    let body = json!({"scope": "tenant:acme", "lasts_ms": 3_600_000, "note": "unpaid"});
    assert_eq!(house.post(&format!("{QUEUE}/pause"), body).await.status, 204);
    let pause = rules(&house, "pauses").await[0].clone();
    assert_eq!((&pause["scope"], &pause["note"]), (&json!("tenant:acme"), &json!("unpaid")));
    assert!(pause["until"].is_string());
    house.post(&format!("{QUEUE}/resume"), json!({"scope": "tenant:acme"})).await.body(200);
    assert_eq!(rules(&house, "pauses").await, json!([]));
}

#[tokio::test]
async fn a_pause_that_cannot_hold_is_422_with_its_path_and_what_a_scope_is() {
    let house = House::new();
    for (body, path) in [
        (json!({"scope": "everything"}), "/scope"),
        (json!({"scope": "tenant:"}), "/scope"),
        (json!({"scope": "tenant:*"}), "/scope"),
        (json!({"lasts_ms": 0}), "/lasts_ms"),
        (json!({"lasts_ms": u64::MAX}), "/lasts_ms"),
        (json!({"note": "x".repeat(1_025)}), "/note"),
        (json!({"until": "tomorrow"}), "/until"),
    ] {
        let answer = house.post(&format!("{QUEUE}/pause"), &body).await;
        assert_eq!(answer.problem(422, "invalid-request")["errors"][0]["path"], path, "{body}");
    }
    let answer = house.post(&format!("{QUEUE}/resume"), json!({"scope": "everything"})).await;
    let problem = answer.problem(422, "invalid-request");
    assert!(
        problem["detail"].as_str().unwrap().contains("queue, tenant:NAME, kind:NAME or key:NAME"),
        "{problem}"
    );
    assert_eq!(rules(&house, "pauses").await, json!([]));
}

#[tokio::test]
async fn a_limit_is_set_replaced_and_removed() {
    let house = House::new();
    let limit = |scope: &str| format!("{QUEUE}/limits/{scope}");
    let rate = json!({"rate": {"count": 100, "period_ms": 60_000, "burst": 5}});
    for (scope, body) in [
        ("key:stripe:*", json!({"concurrency": 2})),
        ("key:stripe:acct_1", rate.clone()),
        ("queue", json!({"concurrency": 9})),
        ("tenant:*", json!({"concurrency": 3, "rate": {"count": 1, "period_ms": 1_000}})),
        ("queue", json!({"concurrency": 10})),
    ] {
        assert_eq!(house.send(Method::PUT, &limit(scope), body).await.status, 204, "{scope}");
    }
    let mut scopes = rules(&house, "limits").await.as_array().unwrap().clone();
    scopes.sort_by_key(|limit| limit["scope"].as_str().unwrap().to_owned());
    assert_eq!(
        json!(scopes),
        json!([
            {"scope": "key:stripe:*", "concurrency": 2},
            {"scope": "key:stripe:acct_1", "rate": rate["rate"]},
            {"scope": "queue", "concurrency": 10},
            {"scope": "tenant:*", "concurrency": 3, "rate": {"count": 1, "period_ms": 1_000, "burst": 1}},
        ])
    );
    for _ in 0..2 {
        assert_eq!(house.order(Method::DELETE, &limit("queue")).await.status, 204);
    }
    assert_eq!(rules(&house, "limits").await.as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_limit_that_cannot_hold_is_422() {
    let house = House::new();
    let put = async |scope: &str, body: Value| {
        house.send(Method::PUT, &format!("{QUEUE}/limits/{scope}"), body).await
    };
    for (body, path) in [
        (json!({}), "/concurrency"),
        (json!({"concurrency": 0}), "/concurrency"),
        (json!({"concurrency": -1}), "/concurrency"),
        (json!({"rate": {"count": 0, "period_ms": 1}}), "/rate/count"),
        (json!({"rate": {"count": 1}}), "/rate"),
        (json!({"rate": {"count": 1, "period_ms": 0}}), "/rate/period_ms"),
        (json!({"rate": {"count": 1, "period_ms": 86_400_000_000_u64}}), "/rate/period_ms"),
        (json!({"rate": {"count": 1, "period_ms": 60_000, "burst": u32::MAX}}), "/rate/burst"),
        (json!({"rate": {"count": 1, "period": "1s"}}), "/rate/period"),
    ] {
        let answer = put("queue", body.clone()).await;
        assert_eq!(answer.problem(422, "invalid-request")["errors"][0]["path"], path, "{body}");
    }
    for scope in ["everything", "key:a:b:c", "kind:*", "tenant:"] {
        let answer = put(scope, json!({"concurrency": 1})).await;
        assert_eq!(answer.problem(422, "invalid-request")["errors"][0]["parameter"], "scope", "{scope}");
    }
    assert_eq!(rules(&house, "limits").await, json!([]));
}

#[tokio::test]
async fn a_tenant_gets_a_weight_and_a_quota_and_loses_them() {
    let house = House::new();
    let acme = format!("{QUEUE}/tenants/acme");
    assert_eq!(house.send(Method::PUT, &acme, json!({"weight": 5, "quota": 100})).await.status, 204);
    assert_eq!(rules(&house, "tenants").await, json!([{"tenant": "acme", "weight": 5, "quota": 100}]));
    assert_eq!(house.send(Method::PUT, &acme, json!({"quota": 7})).await.status, 204);
    assert_eq!(rules(&house, "tenants").await, json!([{"tenant": "acme", "weight": 1, "quota": 7}]));
    for (body, path) in [
        (json!({"weight": 0}), "/weight"),
        (json!({"weight": 1_001}), "/weight"),
        (json!({"quota": 0}), "/quota"),
        (json!({"limit": 5}), "/limit"),
    ] {
        let answer = house.send(Method::PUT, &acme, body).await;
        assert_eq!(answer.problem(422, "invalid-request")["errors"][0]["path"], path);
    }
    let nobody = house.send(Method::PUT, &format!("{QUEUE}/tenants/%7Bx%7D"), json!({"weight": 2})).await;
    assert_eq!(nobody.problem(422, "invalid-request")["errors"][0]["parameter"], "tenant");
    assert_eq!(house.order(Method::DELETE, &acme).await.status, 204);
    assert_eq!(rules(&house, "tenants").await, json!([]));
}

#[tokio::test]
async fn the_workers_of_a_queue_are_listed() {
    let house = House::new();
    let answer = house.get(&format!("{QUEUE}/workers")).await;
    assert_eq!(answer.body(200), &json!({"workers": [], "truncated": false}));
}
