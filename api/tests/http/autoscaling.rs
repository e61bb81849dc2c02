use axum::http::Method;
use serde_json::{Value, json};
use windlass_queue::{Beat, Engine as _, WorkerInfo};
use windlass_shared::{Entropy, Incarnation, Timestamp};

use crate::support::{House, greet};

const QUEUE: &str = "/api/v1/autoscaling/queues/greetings";

async fn figures(house: &House, query: &str) -> Value {
    house.get(&format!("{QUEUE}{query}")).await.body(200).clone()
}

#[tokio::test]
async fn an_idle_queue_needs_nobody() {
    let house = House::new();
    assert_eq!(
        figures(&house, "").await,
        json!({
            "queue": "greetings", "backlog": 0, "oldest_s": 0.0, "parked": 0, "scheduled": 0, "running": 0, "workers": 0, "capacity": 0,
            "utilisation": 0.0, "drain_s": 0.0, "suggested_workers": 0,
        })
    );
}

#[tokio::test]
async fn what_waits_runs_and_lies_ahead_is_told_apart() {
    let house = House::new();
    for _ in 0..30 {
        house.enqueued(greet(json!({}))).await;
    }
    house.enqueued(greet(json!({"delay_ms": 60_000}))).await;
    let running = house.claimed().await;
    let told = figures(&house, "?slots=10").await;
    assert_eq!((&told["backlog"], &told["running"], &told["scheduled"]), (&json!(29), &json!(1), &json!(1)));
    assert_eq!(told["suggested_workers"], 3);
    assert_eq!(told["drain_s"], Value::Null);

    let all = house.get("/api/v1/autoscaling?slots=10").await;
    let all = all.body(200);
    assert_eq!(all["total"], json!({"backlog": 29, "running": 1, "suggested_workers": 3}));
    assert_eq!(all["queues"].as_array().unwrap().len(), 3);
    drop(running);
}

#[tokio::test]
async fn the_share_of_an_organization_and_the_oldest_job_are_told() {
    let house = House::new();
    house.make_organization("acme").await;
    house.enqueued(greet(json!({"tenant": "acme"}))).await;
    house.enqueued(greet(json!({"tenant": "acme", "delay_ms": 60_000}))).await;
    house.enqueued(greet(json!({}))).await;
    let told = figures(&house, "?tenant=acme").await;
    assert_eq!((&told["tenant"], &told["tenant_unfinished"]), (&json!("acme"), &json!(2)));
    let oldest = told["oldest_s"].as_f64().unwrap();
    assert!((0.0..60.0).contains(&oldest), "{oldest}");
    assert_eq!(figures(&house, "?tenant=nobody").await["tenant_unfinished"], json!(0));
    house.get(&format!("{QUEUE}?tenant=no%20name")).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn workers_that_live_make_the_capacity() {
    let house = House::new();
    let info = WorkerInfo {
        name: "worker-1".to_owned(),
        host: "here".to_owned(),
        pid: 1,
        started_at: Timestamp::from_millis(0),
        kinds: vec!["greeting.send".parse().unwrap()],
        version: "0".to_owned(),
    };
    let worker = Incarnation::draw(&Entropy::seeded(1));
    let beat = Beat { worker, info, queues: vec!["greetings".parse().unwrap()], memory: None };
    house.engine.lease_keeper().await.unwrap().heartbeat(&beat).await.unwrap();
    let told = figures(&house, "?slots=50").await;
    assert_eq!((&told["workers"], &told["capacity"]), (&json!(1), &json!(50)));
}

#[tokio::test]
async fn a_pause_takes_jobs_out_of_the_backlog() {
    let house = House::new();
    house.enqueued(greet(json!({}))).await;
    assert_eq!(house.order(Method::POST, "/api/v1/queues/greetings/pause").await.status, 204);
    let told = figures(&house, "").await;
    assert_eq!(
        (&told["backlog"], &told["parked"], &told["suggested_workers"]),
        (&json!(0), &json!(1), &json!(0))
    );
}

#[tokio::test]
async fn slots_that_no_worker_can_have_are_422_and_a_queue_that_nobody_knows_is_404() {
    let house = House::new();
    for slots in ["0", "10001", "-1", "many", ""] {
        house.get(&format!("{QUEUE}?slots={slots}")).await.problem(422, "invalid-request");
    }
    house.get("/api/v1/autoscaling/queues/nowhere").await.problem(404, "unknown-queue");
}
