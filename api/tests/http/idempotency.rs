//! Requests that are sent again under the same key.

use serde_json::{Value, json};
use windlass_api::{AccessOptions, ApiKeys, Roles};

use crate::support::{Answer, Ask, House, KEY, greet};
use crate::tokens::{clock, secret, token};

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
async fn the_namespace_of_a_key_is_the_organization_that_the_job_is_for() {
    let house = House::new();
    house.make_organization("acme").await;
    let key = house.make_key(json!({"name": "k", "roles": ["teacher"], "organization": "acme"})).await;
    let for_acme = post(&house, &greet(json!({"tenant": "acme"})), "order-7").await;
    let for_default = post(&house, &greet(json!({})), "order-7").await;
    assert_ne!(for_acme.body(202)["id"], for_default.body(202)["id"]);
    let other = house.ask_with(&key, ask("/api/v1/jobs", &json!({"kind": "nothing.do"}), "order-7")).await;
    other.problem(422, "idempotency-key-reused");

    let batch = |tenant: &str| json!({"jobs": [greet(json!({ "tenant": tenant }))]});
    for tenant in ["acme", "default"] {
        house.ask(ask("/api/v1/jobs/batch", &batch(tenant), "both")).await.body(202);
    }
}

#[tokio::test]
async fn whoever_may_not_do_something_is_not_answered_as_if_they_had() {
    let house = House::new();
    house.make_organization("acme").await;
    let key = async |queues: Value| {
        let key = json!({"name": "k", "roles": ["teacher"], "organization": "acme", "queues": queues});
        house.make_key(key).await
    };
    let (free, bound) = (key(json!([])).await, key(json!(["default"])).await);
    let one = || ask("/api/v1/jobs", &greet(json!({})), "order-7");
    let many = || ask("/api/v1/jobs/batch", &json!({"jobs": [greet(json!({}))]}), "order-8");
    house.ask_with(&free, one()).await.body(202);
    house.ask_with(&bound, one()).await.problem(403, "forbidden");
    house.ask_with(&free, many()).await.body(202);
    house.ask_with(&bound, many()).await.problem(422, "idempotency-key-reused");
    for again in [one(), many()] {
        assert_eq!(house.ask_with(&free, again).await.header("idempotent-replayed"), "true");
    }
}

#[tokio::test]
async fn the_same_words_of_two_people_who_see_only_their_own_mean_two_requests() {
    let rights = ["jobs.read_own", "jobs.enqueue", "jobs.manage"];
    let roles = Roles::default().with("student", rights).unwrap();
    let keys = ApiKeys::new([KEY.into()]).unwrap();
    let house = House::with(AccessOptions { tokens: secret(), roles, ..AccessOptions::new(keys) }, clock(1));
    house.make_organization("acme").await;
    let (grace, other) = (token("student"), token("strange_sub"));
    let bulk = || ask("/api/v1/jobs/bulk", &json!({"action": "delete", "filter": {}}), "spring-cleaning");
    let one = || ask("/api/v1/jobs", &greet(json!({})), "order-7");
    for asked in [bulk as fn() -> Ask, one as fn() -> Ask] {
        house.ask_with(&grace, asked()).await.body(202);
        house.ask_with(&other, asked()).await.problem(422, "idempotency-key-reused");
        assert_eq!(house.ask_with(&grace, asked()).await.header("idempotent-replayed"), "true");
    }
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
