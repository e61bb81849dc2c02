//! What people see of their own.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Ask, House, greet};
use crate::tokens::{clock, house, secret, token};

fn enqueue(changes: Value) -> Ask {
    Ask::post("/api/v1/jobs", greet(changes).to_string())
}

fn id(answer: &Answer) -> String {
    answer.body(202)["id"].as_str().unwrap().to_owned()
}

fn ids(answer: &Answer) -> Vec<String> {
    let jobs = answer.body(200)["jobs"].as_array().unwrap().iter();
    jobs.map(|job| job["id"].as_str().unwrap().to_owned()).collect()
}

async fn students_and_teachers() -> (House, String, String) {
    (house(secret(), clock(1)).await, token("student"), token("teacher"))
}

#[tokio::test]
async fn a_student_sees_the_jobs_that_carry_their_name_and_no_others() {
    let (house, grace, teacher) = students_and_teachers().await;
    let hers = id(&house.ask_with(&teacher, enqueue(json!({"user": "grace"}))).await);
    let others = id(&house.ask_with(&teacher, enqueue(json!({"tags": ["exam"]}))).await);
    let tagged = id(&house.ask_with(&teacher, enqueue(json!({"user": "grace", "tags": ["exam"]}))).await);
    let elsewhere = json!({"tenant": "default", "user": "grace"});
    let elsewhere = id(&house.ask(enqueue(elsewhere)).await);

    let mut seen = ids(&house.ask_with(&grace, Ask::get("/api/v1/jobs")).await);
    seen.sort();
    assert_eq!(seen, [hers.clone(), tagged.clone()]);
    assert_eq!(ids(&house.ask_with(&grace, Ask::get("/api/v1/jobs?tag=exam")).await), [tagged]);
    let shown = house.ask_with(&grace, Ask::get(&format!("/api/v1/jobs/{hers}"))).await;
    assert_eq!(shown.body(200)["tags"], json!(["user.ada", "user.grace"]));
    for foreign in [&others, &elsewhere] {
        for path in [format!("/api/v1/jobs/{foreign}"), format!("/api/v1/jobs/{foreign}/why")] {
            house.ask_with(&grace, Ask::get(&path)).await.problem(404, "unknown-job");
        }
    }
    let steer = Ask::post(&format!("/api/v1/jobs/{hers}/cancel"), "");
    assert_eq!(house.ask_with(&grace, steer).await.problem(403, "forbidden")["permission"], "jobs.manage");
}

#[tokio::test]
async fn the_batches_of_others_are_none_for_a_student() {
    let (house, grace, teacher) = students_and_teachers().await;
    let batch = json!({"jobs": [greet(json!({"user": "grace"}))]});
    let batch = house.ask_with(&teacher, Ask::post("/api/v1/batches", batch.to_string())).await;
    let path = format!("/api/v1/batches/{}", batch.body(202)["id"].as_str().unwrap());
    house.ask_with(&teacher, Ask::get(&path)).await.body(200);
    house.ask_with(&grace, Ask::get(&path)).await.problem(404, "unknown-batch");
    house.ask_with(&token("teacher_of_other"), Ask::get(&path)).await.problem(403, "organization-unknown");
    house.make_organization("other").await;
    house.ask_with(&token("teacher_of_other"), Ask::get(&path)).await.problem(404, "unknown-batch");
}

#[tokio::test]
async fn a_name_that_is_no_tag_is_found_again_by_its_digest() {
    let (house, _, teacher) = students_and_teachers().await;
    let strange = "auth0|5f7c8ec7c33c6c004bbafe82";
    let theirs = id(&house.ask_with(&teacher, enqueue(json!({"user": strange}))).await);
    let seen = house.ask_with(&token("strange_sub"), Ask::get("/api/v1/jobs")).await;
    assert_eq!(ids(&seen), [theirs]);
}

#[tokio::test]
async fn who_sees_only_their_own_enqueues_for_nobody_else() {
    let roles =
        windlass_api::Roles::default().with("student", ["jobs.read_own", "jobs.enqueue", "jobs.manage"]);
    let access = windlass_api::AccessOptions {
        tokens: secret(),
        roles: roles.unwrap(),
        ..windlass_api::AccessOptions::new(windlass_api::ApiKeys::new([crate::support::KEY.into()]).unwrap())
    };
    let house = House::with(access, clock(1));
    house.make_organization("acme").await;
    let grace = token("student");
    for other in [json!({"user": "ada"}), json!({"tags": ["user.ada"]})] {
        house.ask_with(&grace, enqueue(other)).await.problem(403, "forbidden");
    }
    let own = id(&house.ask_with(&grace, enqueue(json!({"user": "grace"}))).await);
    let theirs = id(&house.ask_with(&token("teacher"), enqueue(json!({}))).await);
    let cancel = |job: &str| Ask::post(&format!("/api/v1/jobs/{job}/cancel"), "");
    house.ask_with(&grace, cancel(&theirs)).await.problem(404, "unknown-job");
    house.ask_with(&grace, cancel(&own)).await.body(200);
    let bulk = |filter: Value| {
        Ask::post("/api/v1/jobs/bulk", json!({"action": "delete", "filter": filter}).to_string())
    };
    house.ask_with(&grace, bulk(json!({"tag": "user.ada"}))).await.problem(422, "invalid-request");
    let operation = id(&house.ask_with(&grace, bulk(json!({}))).await);
    let operation = house.order(Method::GET, &format!("/api/v1/jobs/{operation}")).await;
    assert_eq!(operation.body(200)["args"]["filter"], json!({"tenant": "acme", "tag": "user.grace"}));
}
