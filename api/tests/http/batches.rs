use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Ask, House, greet};

const BATCHES: &str = "/api/v1/batches";

async fn batch(house: &House, location: &str) -> Value {
    house.get(location).await.body(200).clone()
}

#[tokio::test]
async fn when_the_last_job_of_a_batch_has_ended_its_callback_is_enqueued() {
    let house = House::new();
    let posted = json!({
        "description": "two greetings",
        "callback": {"kind": "nothing.do", "tags": ["the-end"]},
        "jobs": [greet(json!({})), greet(json!({}))],
    });
    let answer = house.post(BATCHES, posted).await;
    let accepted = answer.body(202);
    assert_eq!(accepted["jobs"].as_array().unwrap().len(), 2);
    assert_eq!(accepted["jobs"][0]["acceptance"], "new");
    let (location, callback) = (answer.header("location").to_owned(), accepted["callback"].as_str().unwrap());
    assert_eq!(location, format!("{BATCHES}/{}", accepted["id"].as_str().unwrap()));

    let running = batch(&house, &location).await;
    assert_eq!((&running["description"], &running["sealed"]), (&json!("two greetings"), &json!(true)));
    assert_eq!(
        (&running["total"], &running["pending"], &running["progress"]),
        (&json!(2), &json!(2), &json!(0))
    );
    let first = accepted["jobs"][0]["id"].as_str().unwrap();
    assert_eq!(house.get(&format!("/api/v1/jobs/{first}")).await.body["batch"], accepted["id"]);

    house.completed().await;
    assert_eq!(batch(&house, &location).await["progress"], 50);
    house.get(&format!("/api/v1/jobs/{callback}")).await.problem(404, "unknown-job");
    house.completed().await;
    let done = batch(&house, &location).await;
    assert_eq!((&done["completed"], &done["progress"]), (&json!(2), &json!(100)));
    assert!(done["finished_at"].is_string());
    assert_eq!(house.get(&format!("/api/v1/jobs/{callback}")).await.body(200)["tags"], json!(["the-end"]));
}

#[tokio::test]
async fn a_job_that_cannot_be_accepted_is_no_member() {
    let house = House::new();
    let posted =
        json!({"jobs": [greet(json!({})), {"kind": "greetings.send"}, 7, greet(json!({"args": {}}))]});
    let answer = house.post(BATCHES, posted).await;
    let jobs = &answer.body(202)["jobs"];
    assert_eq!(jobs[0]["state"], "available");
    for (place, name) in [(1, "unknown-kind"), (2, "invalid-request"), (3, "invalid-args")] {
        assert_eq!(jobs[place]["error"]["type"], format!("urn:windlass:problem:{name}"));
    }
    assert_eq!(batch(&house, answer.header("location")).await["total"], 1);
}

#[tokio::test]
async fn a_batch_without_a_single_new_job_is_409_with_the_answer_for_each() {
    let house = House::new();
    let unique = greet(json!({"unique": {"until": "finish"}}));
    let holder = house.enqueued(unique.clone()).await;
    for (jobs, first) in [
        (json!([unique, {"kind": "nothing.due"}]), ("/id", json!(holder))),
        (json!([{"kind": "nothing.due"}]), ("/error/status", json!(404))),
        (json!([7]), ("/error/status", json!(422))),
    ] {
        let answer = house.post(BATCHES, json!({ "jobs": jobs })).await;
        let problem = answer.problem(409, "nothing-new");
        assert_eq!(problem["jobs"][0].pointer(first.0), Some(&first.1), "{problem}");
    }
    assert_eq!(house.jobs().await, 1);
}

#[tokio::test]
async fn a_batch_that_is_not_as_it_should_be_is_422_with_its_path() {
    let house = House::new();
    let job = || greet(json!({}));
    for (body, path) in [
        (json!({}), ""),
        (json!({"jobs": []}), "/jobs"),
        (json!({"jobs": vec![json!({}); 1_001]}), "/jobs"),
        (json!({"jobs": [job()], "description": "x".repeat(1_025)}), "/description"),
        (json!({"jobs": [job()], "callback": {"kind": "nothing.do", "priority": 10}}), "/callback/priority"),
        (json!({"jobs": [job()], "callback": {"kind": "jobs.bulk"}}), "/callback/kind"),
        (json!({"jobs": [job()], "atomic": true}), "/atomic"),
    ] {
        let answer = house.post(BATCHES, &body).await;
        assert_eq!(answer.problem(422, "invalid-request")["errors"][0]["path"], path, "{answer:?}");
    }
    let faulty = json!({"jobs": [job()], "callback": {"kind": "greeting.send", "args": {"name": 7}}});
    let answer = house.post(BATCHES, faulty).await;
    assert_eq!(answer.problem(422, "invalid-args")["errors"][0]["path"], "/callback/args/name");
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn a_batch_takes_no_idempotency_key_because_it_could_not_keep_its_promise() {
    let house = House::new();
    let body = json!({"jobs": [greet(json!({}))]}).to_string();
    let answer = house.ask(Ask::post(BATCHES, body).with("idempotency-key", "a")).await;
    assert_eq!(answer.problem(400, "invalid-header")["header"], "Idempotency-Key");
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn a_batch_that_is_not_there_is_404() {
    let house = House::new();
    for id in ["0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007", "7", "%ff"] {
        house.get(&format!("{BATCHES}/{id}")).await.problem(404, "unknown-batch");
    }
    house.order(Method::GET, BATCHES).await.problem(405, "method-not-allowed");
}
