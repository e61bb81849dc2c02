use serde_json::{Value, json};

use crate::support::{Ask, House, greet};

const BATCH: &str = "/api/v1/jobs/batch";

fn jobs(count: usize) -> Value {
    json!({ "jobs": vec![json!({"kind": "nothing.do"}); count] })
}

#[tokio::test]
async fn a_thousand_jobs_are_accepted_in_one_go() {
    let house = House::new();
    let answer = house.post(BATCH, jobs(1_000)).await;
    assert_eq!(answer.status, 202);
    let answers = answer.body["jobs"].as_array().unwrap();
    assert_eq!(answers.len(), 1_000);
    assert!(answers.iter().all(|job| job["state"] == "available" && job["duplicate"] == false));
    assert_eq!(house.jobs().await, 1_000);
}

#[tokio::test]
async fn every_job_has_its_own_answer_at_its_own_place() {
    let house = House::new();
    let batch = json!({"jobs": [
        {"kind": "greeting.send", "args": {"name": "Ada"}},
        {"kind": "greetings.send", "args": {}},
        {"kind": "greeting.send", "args": {"name": 7}},
        "no job at all",
        {"kind": "nothing.do", "prioriti": 3},
        {"kind": "nothing.do", "timeout_ms": 0},
        {"kind": "nothing.do"},
    ]});
    let answer = house.post(BATCH, batch).await;
    assert_eq!(answer.status, 202);
    let jobs = answer.body["jobs"].as_array().unwrap();
    assert_eq!(jobs.len(), 7);
    for accepted in [0, 6] {
        assert_eq!(jobs[accepted]["state"], "available", "{accepted}");
        assert_eq!(jobs[accepted]["id"], jobs[accepted]["task_id"]);
    }
    for (place, status, name) in [
        (1, 404, "unknown-kind"),
        (2, 422, "invalid-args"),
        (3, 422, "invalid-request"),
        (4, 422, "invalid-request"),
        (5, 422, "invalid-request"),
    ] {
        let error = &jobs[place]["error"];
        assert_eq!(error["status"], status, "{error}");
        assert_eq!(error["type"], format!("urn:windlass:problem:{name}"), "{error}");
        assert!(error["title"].is_string() && error["detail"].is_string(), "{error}");
    }
    assert_eq!(jobs[1]["error"]["nearest"], json!(["greeting.send"]));
    assert_eq!(jobs[2]["error"]["errors"][0]["path"], "/args/name");
    assert_eq!(house.jobs().await, 2);
}

#[tokio::test]
async fn a_batch_that_is_sent_again_under_its_key_brings_no_job_twice() {
    let house = House::new();
    let ask = || Ask::post(BATCH, jobs(3).to_string()).with("idempotency-key", "batch-7");
    let first = house.ask(ask()).await.body;
    let again = house.ask(ask()).await.body;
    for place in 0..3 {
        assert_eq!(first["jobs"][place]["id"], again["jobs"][place]["id"]);
        assert_eq!(again["jobs"][place]["duplicate"], false, "it is the first answer again");
    }
    assert_eq!(house.jobs().await, 3);
}

#[tokio::test]
async fn a_batch_of_the_wrong_size_or_shape_is_refused_as_a_whole() {
    let house = House::new();
    for (body, path) in [
        (jobs(0), "/jobs"),
        (jobs(1_001), "/jobs"),
        (json!({}), ""),
        (json!([]), ""),
        (json!({"jobs": {}}), "/jobs"),
        (json!({"jobs": [], "atomic": true}), "/atomic"),
    ] {
        let answer = house.post(BATCH, &body).await;
        assert_eq!(answer.problem(422, "invalid-request")["errors"][0]["path"], path, "{answer:?}");
    }
    assert_eq!(house.jobs().await, 0);
}

#[tokio::test]
async fn a_batch_may_be_larger_than_a_job_but_not_endless() {
    let house = House::new();
    let spaces = |count| format!("{}{}", " ".repeat(count), jobs(1));
    assert_eq!(house.post(BATCH, spaces(2 << 20)).await.status, 202);
    house.post(BATCH, spaces(16 << 20)).await.problem(413, "body-too-large");
}

#[tokio::test]
async fn a_member_that_stands_twice_counts_as_it_stood_last_also_where_jobs_are_read_in_one_go() {
    let house = House::new();
    let job = r#"{"kind": "nothing.do", "args": {"name": "Ada"}, "kind": "greeting.send", "priority": 1, "priority": 7}"#;
    let alone = house.post("/api/v1/jobs", job).await.body(202)["id"].clone();
    let together = format!(r#"{{"jobs": [{}, {job}]}}"#, greet(json!({})));
    let answers = house.post(BATCH, together).await.body(202)["jobs"].clone();
    for id in [&alone, &answers[1]["id"]] {
        let job = house.get(&format!("/api/v1/jobs/{}", id.as_str().unwrap())).await.body;
        assert_eq!((&job["kind"], &job["priority"]), (&json!("greeting.send"), &json!(7)));
    }
}
