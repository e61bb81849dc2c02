use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{House, greet};

const QUEUES: &str = "/api/v1/queues";
const QUEUE: &str = "/api/v1/queues/greetings";

async fn queue(house: &House) -> Value {
    house.get(QUEUE).await.body(200).clone()
}

#[tokio::test]
async fn queues_are_listed_by_name_page_by_page() {
    let house = House::new();
    house.enqueued(greet(json!({}))).await;
    let all = house.get(QUEUES).await;
    let all = all.body(200);
    let names: Vec<_> = all["queues"].as_array().unwrap().iter().map(|queue| &queue["name"]).collect();
    // Those of all kinds are there, whether they have had a job or not.
    assert_eq!(names, [&json!("default"), &json!("greetings"), &json!("maintenance")]);
    assert_eq!(all["queues"][1]["depth"]["available"], 1);
    assert_eq!(all["queues"][1]["unfinished"], 1);
    assert_eq!(all["next"], Value::Null);

    let first = house.get(&format!("{QUEUES}?limit=2")).await;
    assert_eq!(first.body(200)["next"], "greetings");
    let rest = house.get(&format!("{QUEUES}?limit=2&cursor=greetings")).await;
    assert_eq!(rest.body(200)["queues"][0]["name"], "maintenance");
    assert_eq!(rest.body["next"], Value::Null);
    house.get(&format!("{QUEUES}?limit=0")).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn a_queue_without_rules_shows_that_it_has_none() {
    let house = House::new();
    let queue = queue(&house).await;
    for (field, value) in [
        ("name", json!("greetings")),
        ("unfinished", json!(0)),
        ("order", json!("tenants_first")),
        ("draining", json!(false)),
        ("max_depth", json!(null)),
        ("tenant_quota", json!(null)),
        ("retention", json!(null)),
        ("tenants", json!([])),
        ("pauses", json!([])),
        ("limits", json!([])),
        ("parked", json!([])),
        ("workers", json!([])),
        ("truncated", json!(false)),
    ] {
        assert_eq!(queue.get(field), Some(&value), "{field}");
    }
}

#[tokio::test]
async fn a_policy_changes_in_the_fields_that_are_given() {
    let house = House::new();
    let change = async |body: Value| house.send(Method::PATCH, QUEUE, body).await.body(200).clone();
    let set =
        change(json!({"order": "priority_first", "max_depth": 10, "retention": {"failed_most": 7}})).await;
    assert_eq!((&set["order"], &set["max_depth"]), (&json!("priority_first"), &json!(10)));
    assert_eq!(
        (&set["retention"]["failed_most"], &set["retention"]["completed_most"]),
        (&json!(7), &json!(100_000))
    );
    let again = change(json!({"tenant_quota": 5, "retention": {"results_for_ms": 60_000}})).await;
    assert_eq!((&again["max_depth"], &again["tenant_quota"]), (&json!(10), &json!(5)));
    assert_eq!(again["retention"]["failed_most"], 7);
    assert_eq!(again["retention"]["results_for_ms"], 60_000);
    let gone = change(json!({"max_depth": null, "retention": null})).await;
    assert_eq!((&gone["max_depth"], &gone["retention"]), (&json!(null), &json!(null)));
    assert_eq!(queue(&house).await["tenant_quota"], 5);
}

#[tokio::test]
async fn a_policy_that_cannot_hold_is_422_with_its_path_and_changes_nothing() {
    let house = House::new();
    for (body, path) in [
        (json!({"order": "alphabetical"}), "/order"),
        (json!({"max_depth": 0}), "/max_depth"),
        (json!({"max_depth": u64::MAX}), "/max_depth"),
        (json!({"tenant_quota": -1}), "/tenant_quota"),
        (json!({"retention": {"completed_for_ms": u64::MAX}}), "/retention/completed_for_ms"),
        (json!({"retention": {"completed_for": 5}}), "/retention/completed_for"),
        (json!({"draining": true}), "/draining"),
        (json!([]), ""),
    ] {
        let answer = house.send(Method::PATCH, QUEUE, &body).await;
        assert_eq!(answer.problem(422, "invalid-request")["errors"][0]["path"], path, "{body}");
    }
    assert_eq!(queue(&house).await["max_depth"], Value::Null);
}

#[tokio::test]
async fn a_queue_that_drains_keeps_the_rest_of_its_policy() {
    let house = House::new();
    house.send(Method::PATCH, QUEUE, json!({"max_depth": 10})).await.body(200);
    for (order, draining) in [("drain", true), ("drain", true), ("undrain", false)] {
        assert_eq!(house.order(Method::POST, &format!("{QUEUE}/{order}")).await.status, 204);
        let queue = queue(&house).await;
        assert_eq!((&queue["draining"], &queue["max_depth"]), (&json!(draining), &json!(10)));
    }
}

#[tokio::test]
async fn a_queue_that_nobody_knows_is_404_and_gets_no_rules() {
    let house = House::new();
    for name in ["greeting", "{x}", "%ff", "a%20b"] {
        let path = format!("{QUEUES}/{name}");
        for answer in [
            house.get(&path).await,
            house.get(&format!("{path}/workers")).await,
            house.send(Method::PATCH, &path, json!({"max_depth": 1})).await,
            house.post(&format!("{path}/pause"), "").await,
            house.post(&format!("{path}/resume"), "").await,
            house.post(&format!("{path}/drain"), "").await,
            house.send(Method::PUT, &format!("{path}/limits/queue"), json!({"concurrency": 1})).await,
            house.send(Method::PUT, &format!("{path}/tenants/acme"), json!({"weight": 2})).await,
        ] {
            answer.problem(404, "unknown-queue");
        }
    }
    assert_eq!(house.get(QUEUES).await.body(200)["queues"].as_array().unwrap().len(), 3);
}
