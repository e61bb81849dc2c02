//! Requests that are sent again under the same key.

use serde_json::{Value, json};

use crate::support::{Answer, Ask, House, greet};

fn ask(path: &str, body: &Value, key: &'static str) -> Ask {
    Ask::post(path, body.to_string()).with("idempotency-key", key)
}

async fn post(house: &House, body: &Value, key: &'static str) -> Answer {
    house.ask(ask("/api/v1/jobs", body, key)).await
}

#[tokio::test]
async fn a_repetition_gets_the_first_answer_again_also_when_the_job_has_gone_on() {
    let house = House::new();
    let job = greet(json!({}));
    let first = post(&house, &job, "order-7").await;
    assert_eq!(first.body(202)["duplicate"], false);
    assert_eq!(first.header("idempotent-replayed"), "");
    house.completed().await;
    let again = post(&house, &job, "order-7").await;
    assert_eq!(again.body(202), &first.body);
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("content-type"), "application/json");
    assert_eq!(house.jobs().await, 1);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_422_and_does_nothing() {
    let house = House::new();
    let first = post(&house, &greet(json!({})), "order-7").await.body(202).clone();
    for other in [greet(json!({"priority": 1})), json!({"kind": "nothing.do"})] {
        post(&house, &other, "order-7").await.problem(422, "idempotency-key-reused");
    }
    let batch = json!({"jobs": [greet(json!({}))]});
    house.ask(ask("/api/v1/jobs/batch", &batch, "order-7")).await.problem(422, "idempotency-key-reused");
    assert_eq!(house.jobs().await, 1);
    assert_eq!(*post(&house, &greet(json!({})), "order-7").await.body(202), first);
}

#[tokio::test]
async fn what_was_refused_may_be_mended_and_sent_again_under_the_same_key() {
    let house = House::new();
    post(&house, &json!({"kind": "greeting.send", "args": {}}), "order-7").await.problem(422, "invalid-args");
    post(&house, &json!({"kind": "nobody.knows"}), "order-7").await.problem(404, "unknown-kind");
    post(&house, &greet(json!({})), "order-7").await.body(202);
}

#[tokio::test]
async fn requests_at_the_same_time_mean_one_job() {
    let house = House::new();
    let job = greet(json!({}));
    let answers = futures_util::future::join_all((0..20).map(|_| post(&house, &job, "order-7"))).await;
    for answer in &answers {
        assert_eq!(answer.body(202)["id"], answers[0].body["id"]);
    }
    let news = answers.iter().filter(|answer| {
        answer.body["duplicate"] == false && answer.header("idempotent-replayed").is_empty()
    });
    assert_eq!(news.count(), 1);
    assert_eq!(house.jobs().await, 1);
}

#[tokio::test]
async fn a_key_means_another_request_in_another_organization() {
    let house = House::new();
    house.make_organization("acme").await;
    let key = house.make_key(json!({"name": "k", "roles": ["teacher"], "organization": "acme"})).await;
    let first = post(&house, &greet(json!({})), "order-7").await;
    let other = house.ask_with(&key, ask("/api/v1/jobs", &greet(json!({"priority": 1})), "order-7")).await;
    assert_ne!(first.body(202)["id"], other.body(202)["id"]);
}

#[tokio::test]
async fn a_batch_gets_its_first_answers_again_unless_one_of_them_was_for_now_only() {
    let house = House::new();
    let batch = json!({"jobs": [greet(json!({})), {"kind": "nobody.knows"}]});
    let first = house.ask(ask("/api/v1/jobs/batch", &batch, "a")).await;
    let again = house.ask(ask("/api/v1/jobs/batch", &batch, "a")).await;
    assert_eq!((again.body(202), again.header("idempotent-replayed")), (&first.body, "true"));

    let bound = json!({"max_depth": 2});
    house.send(axum::http::Method::PATCH, "/api/v1/queues/greetings", bound).await.body(200);
    let batch = json!({"jobs": [greet(json!({})), greet(json!({}))]});
    let first = house.ask(ask("/api/v1/jobs/batch", &batch, "b")).await;
    assert_eq!(first.body(202)["jobs"][1]["error"]["status"], 429);
    house.completed().await;
    let again = house.ask(ask("/api/v1/jobs/batch", &batch, "b")).await;
    assert_eq!(again.header("idempotent-replayed"), "");
    assert_eq!(again.body(202)["jobs"][0]["duplicate"], true);
    assert_eq!(again.body["jobs"][1]["acceptance"], "new");
}
