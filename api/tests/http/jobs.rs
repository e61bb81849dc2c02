use serde_json::{Value, json};
use windlass_queue::{EnqueueOptions, LogLine, Progress, Report, SettleJobs, Settlement, Verdict};
use windlass_shared::Percent;

use crate::support::{Answer, Ask, Greet, House, greet};

async fn enqueued(house: &House, job: Value) -> Answer {
    let answer = house.post("/api/v1/jobs", job).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer
}

#[tokio::test]
async fn a_job_is_accepted_and_found_again() {
    let house = House::new();
    let answer = enqueued(&house, greet(json!({}))).await;
    let id = answer.body["id"].as_str().unwrap();
    let expected =
        json!({"id": id, "task_id": id, "state": "available", "duplicate": false, "acceptance": "new"});
    assert_eq!(answer.body, expected);
    assert_eq!(answer.header("location"), format!("/api/v1/jobs/{id}"));

    let found = house.get(answer.header("location")).await;
    assert_eq!(found.status, 200);
    for (field, value) in [
        ("id", json!(id)),
        ("kind", json!("greeting.send")),
        ("queue", json!("greetings")),
        ("tenant", json!("default")),
        ("state", json!("available")),
        ("priority", json!(5)),
        ("attempt", json!(0)),
        ("max_attempts", json!(3)),
        ("timeout_ms", json!(600_000)),
        ("deaths", json!(0)),
        ("cancel_requested", json!(false)),
        ("progress", json!(0)),
        ("message", json!(null)),
        ("result", json!(null)),
        ("errors", json!([])),
        ("logs", json!([])),
        ("tags", json!([])),
        ("backoff", json!(null)),
        ("limit_key", json!(null)),
        ("unique", json!(null)),
        ("batch", json!(null)),
        ("steps", json!([])),
        ("has_checkpoint", json!(false)),
        ("expires_at", json!(null)),
        ("args", json!({"name": "Ada"})),
        ("attempted_at", json!(null)),
        ("finished_at", json!(null)),
    ] {
        assert_eq!(found.body.get(field), Some(&value), "{field}");
    }
    assert!(found.body["created_at"].as_str().unwrap().ends_with('Z'));
}

#[tokio::test]
async fn every_option_reaches_the_job() {
    let house = House::new();
    let options = json!({
        "priority": 0,
        "run_at": "2999-01-31T10:30:00+01:00",
        "tags": ["a", "b"],
        "max_attempts": 9,
        "timeout_ms": 1_500,
    });
    let answer = enqueued(&house, greet(options)).await;
    assert_eq!(answer.body["state"], "scheduled");
    let job = house.get(answer.header("location")).await.body;
    assert_eq!(job["priority"], 0);
    assert_eq!(job["run_at"], "2999-01-31T09:30:00.000Z");
    assert_eq!(job["tags"], json!(["a", "b"]));
    assert_eq!(job["max_attempts"], 9);
    assert_eq!(job["timeout_ms"], 1_500);
}

#[tokio::test]
async fn a_delay_schedules_and_a_time_that_has_passed_does_not() {
    let house = House::new();
    for (options, state) in [
        (json!({"delay_ms": 3_600_000}), "scheduled"),
        (json!({"delay_ms": 0}), "available"),
        (json!({"run_at": "2001-01-01T00:00:00Z"}), "available"),
    ] {
        assert_eq!(enqueued(&house, greet(options)).await.body["state"], state);
    }
}

#[tokio::test]
async fn a_kind_without_arguments_needs_none() {
    let house = House::new();
    let job = enqueued(&house, json!({"kind": "nothing.do"})).await;
    assert_eq!(house.get(job.header("location")).await.body["args"], json!({}));
}

#[tokio::test]
async fn json_is_taken_under_its_names_and_without_one() {
    let house = House::new();
    let body = || greet(json!({})).to_string();
    assert_eq!(house.ask(Ask::post("/api/v1/jobs", body())).await.status, 202);
    for name in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.jobs+json"] {
        let ask = Ask::post("/api/v1/jobs", body()).with("content-type", name);
        assert_eq!(house.ask(ask).await.status, 202, "{name}");
    }
}

#[tokio::test]
async fn the_same_idempotency_key_means_the_same_job() {
    let house = House::new();
    let ask = |key| Ask::post("/api/v1/jobs", greet(json!({})).to_string()).with("idempotency-key", key);
    let first = house.ask(ask("order-7")).await;
    let again = house.ask(ask("order-7")).await;
    let other = house.ask(ask("order-8")).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (202, 202));
    assert_eq!(first.body["id"], again.body["id"]);
    assert_eq!((&first.body["duplicate"], &again.body["duplicate"]), (&json!(false), &json!(false)));
    assert_ne!(first.body["id"], other.body["id"]);
    assert_eq!(house.jobs().await, 2);
}

#[tokio::test]
async fn what_a_job_did_can_be_read() {
    let house = House::new();
    let location = enqueued(&house, greet(json!({}))).await.header("location").to_owned();
    let job = house.claimed().await;
    let progress = Progress { percent: Percent::saturating(40), message: Some("waving".to_owned()) };
    let log = vec![LogLine { at: job.attempted_at, attempt: 1, line: "hello".to_owned() }];
    house.engine.report(&[Report { claim: job.claim, progress: Some(progress), log }]).await.unwrap();

    let running = house.get(&location).await.body;
    assert_eq!(running["state"], "running");
    assert_eq!(running["attempt"], 1);
    assert_eq!((&running["progress"], &running["message"]), (&json!(40), &json!("waving")));
    assert_eq!(running["logs"][0]["line"], "hello");
    assert!(running["attempted_at"].is_string());

    let verdict = Verdict::Complete { result: Some(r#"{"greeted":["Ada"]}"#.into()), children: Vec::new() };
    house.engine.settle(&[Settlement { claim: job.claim, tenant: None, verdict }]).await.unwrap();
    let done = house.get(&location).await.body;
    assert_eq!(done["state"], "completed");
    assert_eq!(done["result"], json!({"greeted": ["Ada"]}));
    assert!(done["finished_at"].is_string());
}

#[tokio::test]
async fn a_job_of_another_tenant_looks_like_none() {
    let house = House::within("default");
    let args = Greet { name: "Ada".to_owned(), nested: None };
    let options = EnqueueOptions { tenant: "other".parse().unwrap(), ..EnqueueOptions::default() };
    let theirs = house.client.enqueue(&args, options).await.unwrap().id;
    house.get(&format!("/api/v1/jobs/{theirs}")).await.problem(404, "unknown-job");
}
