//! Args and results that are too large for a job to carry.

use std::path::Path;
use std::sync::Arc;

use axum::http::Method;
use serde_json::{Value, json};
use windlass_queue::{Engine, SettleJobs, Settlement, SteerJobs, Verdict};
use windlass_relay::Recorder;
use windlass_shared::{JobId, SystemClock};

use crate::support::{Ask, House, greet};

const JOBS: &str = "/api/v1/jobs";
const LARGE: usize = 2 << 20;

fn large() -> Value {
    json!({ "name": "x".repeat(LARGE) })
}

/// How many files are below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

async fn posted(house: &House) -> String {
    house.enqueued(greet(json!({ "args": large() }))).await
}

/// Does the next job, with a large result.
async fn completed(house: &House, result: &Value) {
    let job = house.claimed().await;
    let (blobs, result) = (house.client.blobs().unwrap(), serde_json::to_vec(result).unwrap());
    let bytes = result.len();
    let reference = blobs.put(&job.tenant, job.claim.job, result.into()).await.unwrap();
    let result = json!({ "$blob": reference, "bytes": bytes }).to_string();
    let verdict = Verdict::Complete { result: Some(result.into()), children: Vec::new() };
    let settlement = Settlement { claim: job.claim, tenant: None, verdict };
    house.engine.settle(&[settlement]).await.unwrap();
}

#[tokio::test]
async fn large_args_are_accepted_and_answered_whole() {
    let house = House::with_large_values();
    let job = posted(&house).await;
    let shown = house.get(&format!("{JOBS}/{job}")).await.body(200)["args"].clone();
    assert_eq!(shown["bytes"], LARGE + r#"{"name":""}"#.len());
    assert!(shown["$blob"].as_str().unwrap().starts_with("sha256-"), "{shown}");
    let args = format!("{JOBS}/{job}/args");
    let answer = house.get(&args).await;
    assert_eq!(*answer.body(200), large());
    let tag = answer.header("etag").to_owned();
    let again = house.ask(Ask::get(&args).with("if-none-match", Box::leak(tag.into_boxed_str()))).await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn small_args_and_results_are_answered_in_the_same_place() {
    let house = House::with_large_values();
    let job = house.enqueued(greet(json!({}))).await;
    assert_eq!(*house.get(&format!("{JOBS}/{job}/args")).await.body(200), json!({ "name": "Ada" }));
    house.get(&format!("{JOBS}/{job}/result")).await.problem(404, "not-found");
    assert_eq!(files(&house.blobs()), 0);
}

#[tokio::test]
async fn a_large_result_is_answered_whole_and_still_is_when_only_the_history_knows_the_job() {
    let house = House::with_large_values();
    let job = posted(&house).await;
    let result = json!("y".repeat(LARGE));
    completed(&house, &result).await;
    let place = format!("{JOBS}/{job}/result");
    assert_eq!(*house.get(&place).await.body(200), result);
    let engine = Arc::clone(&house.engine) as Arc<dyn Engine>;
    let mut recorder = Recorder::new(engine, house.store().await.history(), Arc::new(SystemClock));
    recorder.run_once(&"greetings".parse().unwrap()).await.unwrap();
    house.engine.delete(&[job.parse::<JobId>().unwrap()]).await.unwrap();
    assert_eq!(house.get(&format!("{JOBS}/{job}")).await.body(200)["source"], "history");
    assert_eq!(*house.get(&place).await.body(200), result);
    assert_eq!(*house.get(&format!("{JOBS}/{job}/args")).await.body(200), large());
}

#[tokio::test]
async fn nobody_else_reads_them() {
    let house = House::with_large_values();
    let job = posted(&house).await;
    house.make_organization("acme").await;
    let stranger =
        house.make_key(json!({ "organization": "acme", "name": "stranger", "roles": ["teacher"] })).await;
    for what in ["args", "result"] {
        let path = format!("{JOBS}/{job}/{what}");
        house.ask_with(&stranger, Ask::get(&path)).await.problem(404, "unknown-job");
        house.ask_as(None, Ask::get(&path)).await.problem(401, "unauthorized");
    }
}

#[tokio::test]
async fn a_made_up_reference_is_refused_like_any_other_args_that_do_not_fit() {
    let house = House::with_large_values();
    let job = posted(&house).await;
    let shown = house.get(&format!("{JOBS}/{job}")).await.body(200)["args"].clone();
    house.post(JOBS, greet(json!({ "args": shown }))).await.problem(422, "invalid-args");
    let retry = house.post(&format!("{JOBS}/{job}/retry"), json!({ "args": shown })).await;
    retry.problem(422, "invalid-args");
}

#[tokio::test]
async fn a_job_that_is_deleted_takes_its_large_values_with_it() {
    let house = House::with_large_values();
    let (job, other) = (posted(&house).await, posted(&house).await);
    assert_eq!(files(&house.blobs()), 2);
    assert_eq!(house.order(Method::DELETE, &format!("{JOBS}/{job}")).await.status, 204);
    assert_eq!(files(&house.blobs()), 1);
    house.get(&format!("{JOBS}/{other}/args")).await.body(200);
}

#[tokio::test]
async fn a_retry_brings_other_large_args() {
    let house = House::with_large_values();
    let job = house.enqueued(greet(json!({ "delay_ms": 600_000 }))).await;
    house.post(&format!("{JOBS}/{job}/retry"), json!({ "args": large() })).await.body(200);
    assert_eq!(*house.get(&format!("{JOBS}/{job}/args")).await.body(200), large());
}

#[tokio::test]
async fn what_is_too_large_even_for_that_is_413() {
    let house = House::with_large_values();
    let args = json!({ "name": "x".repeat(8 << 20) });
    house.post(JOBS, greet(json!({ "args": args }))).await.problem(413, "body-too-large");
    let unique = json!({ "until": "finish", "on_conflict": "replace" });
    let body = greet(json!({ "args": large(), "unique": unique }));
    let refused = house.post(JOBS, body).await;
    assert_eq!(refused.problem(422, "invalid-request")["errors"][0]["path"], "/unique/on_conflict");
    assert_eq!((house.jobs().await, files(&house.blobs())), (0, 0));
}

#[tokio::test]
async fn while_their_place_is_away_jobs_with_large_args_are_503_and_others_go_on() {
    let house = House::with_large_values();
    std::fs::remove_dir_all(house.blobs()).unwrap();
    std::fs::write(house.blobs(), "no folder").unwrap();
    house.post(JOBS, greet(json!({ "args": large() }))).await.problem(503, "blobs-unavailable");
    assert_eq!(house.jobs().await, 0);
    house.enqueued(greet(json!({}))).await;
}
