//! Every measurement in a small size, on each engine.

use std::sync::Arc;

use serde_json::Value;
use windlass_queue::{Catalog, Client, EnqueueOptions, JobKind};
use windlass_redis::{RedisEngine, RedisOptions};
use windlass_shared::SystemClock;
use windlass_tests::{EngineKind, System};

/// Runs a measurement and answers what it tells: one object on the last line.
async fn bench(system: &System, arguments: &[&str]) -> Value {
    let output = system.cli(&[&["bench"], arguments, &["--json"]].concat()).await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(told.lines().last().unwrap()).unwrap()
}

/// What every measurement tells, and what those on Redis do.
fn check(told: &Value, name: &str, engine: EngineKind) {
    assert_eq!(told["bench"], name);
    assert!(number(told, "/jobs_per_second") > 0.0, "{told}");
    match engine {
        EngineKind::Embedded => {
            assert_eq!(told["engine"], "sqlite");
            assert!(told["baseline_per_second"].is_null() && told["ratio"].is_null(), "{told}");
        }
        EngineKind::Redis => {
            assert_eq!(told["engine"], "redis");
            for name in ["/baseline_per_second", "/baseline_lpush_per_second", "/ratio"] {
                assert!(number(told, name) > 0.0, "{name} of {told}");
            }
        }
    }
}

/// What a job has cost, where `part` tells of it.
fn check_cost(told: &Value, part: &str, engine: EngineKind) {
    assert!(number(told, &format!("{part}/process_cpu_us")) > 0.0, "{told}");
    let commands = format!("{part}/redis_commands");
    match engine {
        EngineKind::Embedded => assert!(told.pointer(&commands).unwrap().is_null(), "{told}"),
        EngineKind::Redis => assert!(number(told, &commands) > 0.0, "{told}"),
    }
}

fn number(told: &Value, pointer: &str) -> f64 {
    told.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {pointer} in {told}"))
}

on_each_engine!(enqueue_tells_how_fast_a_queue_is_filled);

async fn enqueue_tells_how_fast_a_queue_is_filled(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let options = ["enqueue", "--jobs", "500", "--batch", "100", "--backlog", "50", "--tenants", "3"];
    let told = bench(&system, &[&options[..], &["--runs", "3"]].concat()).await;
    check(&told, "enqueue", engine);
    check_cost(&told, "/per_job", engine);
    assert_eq!(told["runs"].as_array().unwrap().len(), 3, "{told}");
    assert_eq!(told["redis_bytes_per_queued_job"].is_null(), engine == EngineKind::Embedded, "{told}");
}

on_each_engine!(drain_tells_how_fast_a_queue_is_emptied_in_this_process_and_in_others);

async fn drain_tells_how_fast_a_queue_is_emptied_in_this_process_and_in_others(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    for workers in ["1", "2"] {
        let options = ["drain", "--jobs", "500", "--backlog", "50", "--tenants", "3", "--workers", workers];
        let told = bench(&system, &options).await;
        check(&told, "drain", engine);
        assert!(number(&told, "/enqueued_per_second") > 0.0, "{told}");
        for part in ["/per_job_enqueue", "/per_job_drain", "/per_job"] {
            check_cost(&told, part, engine);
        }
    }
}

on_each_engine!(latency_tells_how_soon_jobs_start_with_an_idle_worker_and_under_load);

async fn latency_tells_how_soon_jobs_start_with_an_idle_worker_and_under_load(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let idle = bench(&system, &["latency", "--jobs", "20", "--backlog", "50"]).await;
    check(&idle, "latency", engine);
    assert!(idle["load"].is_null(), "{idle}");
    let loaded = bench(&system, &["latency", "--jobs", "500", "--load", "0.3"]).await;
    assert!(number(&loaded, "/load/offered_per_second") > 0.0, "{loaded}");
    for told in [idle, loaded] {
        let (p50, p99) = (number(&told, "/p50_ms"), number(&told, "/p99_ms"));
        assert!(0.0 < p50 && p50 <= p99 && p99 <= number(&told, "/max_ms"), "{told}");
    }
}

on_each_engine!(http_tells_how_fast_the_api_takes_jobs);

async fn http_tells_how_fast_the_api_takes_jobs(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let options = ["http", "--jobs", "200", "--connections", "8", "--batch", "20", "--backlog", "50"];
    let told = bench(&system, &options).await;
    check(&told, "http", engine);
    assert!(number(&told, "/requests_per_second") > 0.0, "{told}");
    check_cost(&told, "/per_request", engine);
}

on_each_engine!(crash_tells_what_became_of_the_jobs_of_a_killed_worker);

async fn crash_tells_what_became_of_the_jobs_of_a_killed_worker(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let told = bench(&system, &["crash", "--jobs", "100", "--concurrency", "5", "--job-ms", "50"]).await;
    check(&told, "crash", engine);
    assert_eq!((&told["finished"], &told["lost"], &told["discarded"]), (&100.into(), &0.into(), &0.into()));
    let (interrupted, recovery) = (number(&told, "/interrupted"), number(&told, "/recovery_ms"));
    assert!(interrupted > 0.0 && recovery > 0.0, "{told}");
}

/// A job of somebody who has a queue of the same name.
#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
struct Foreign {}

impl JobKind for Foreign {
    const NAME: &'static str = "test.foreign";
    const QUEUE: &'static str = "bench";
    type Output = ();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_measurement_keeps_off_a_queue_that_has_jobs_of_others() {
    let mut system = System::start(EngineKind::Redis).await.unwrap();
    let options = RedisOptions::from_url(&system.redis().unwrap().url()).unwrap();
    let mut catalog = Catalog::new();
    catalog.add::<Foreign>().unwrap();
    let engine = Arc::new(RedisEngine::new(options));
    let client = Client::new(engine, Arc::new(catalog), Arc::new(SystemClock));
    let job = client.enqueue(&Foreign {}, EnqueueOptions::default()).await.unwrap();
    let output = system.cli(&["bench", "enqueue", "--jobs", "10"]).await.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.contains("jobs of the kind test.foreign"), "{said}");
    assert!(client.engine().get(&[job.id]).await.unwrap()[0].is_some(), "it is still there");
}
