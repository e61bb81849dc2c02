//! What the API refuses, and that nothing of it is left behind.

use serde_json::{Value, json};
use windlass_tests::{Answer, Api, EngineKind, System};

/// Which key a request shows.
enum Key {
    Right,
    Wrong,
    None,
}

/// A request that is refused.
struct Row {
    what: &'static str,
    key: Key,
    body: String,
    status: u16,
    /// What the answer tells, at JSON Pointers.
    tells: Vec<(&'static str, Value)>,
}

impl Row {
    fn new(what: &'static str, body: impl Into<String>, status: u16) -> Self {
        Self { what, key: Key::Right, body: body.into(), status, tells: Vec::new() }
    }

    fn key(self, key: Key) -> Self {
        Self { key, ..self }
    }

    fn tells(mut self, pointer: &'static str, value: impl Into<Value>) -> Self {
        self.tells.push((pointer, value.into()));
        self
    }
}

fn rows(engine: EngineKind) -> Vec<Row> {
    let sound = json!({ "kind": "diagnostic.noop" }).to_string();
    let mail = json!({ "kind": "email.send", "args": { "to": ["ada"], "subject": "Hello", "text": "Hi." } });
    let sleep = json!({ "kind": "diagnostic.sleep", "args": { "ms": "long", "loud": true } });
    let with_args =
        |length| json!({ "kind": "diagnostic.noop", "args": { "x": "x".repeat(length) } }).to_string();
    let mail_of = |length| {
        let args = json!({ "to": ["ada@example.com"], "subject": "Hello", "text": "x".repeat(length) });
        json!({ "kind": "email.send", "args": args }).to_string()
    };
    let mut rows = vec![
        Row::new("an unknown kind", r#"{"kind":"email.sent"}"#, 404).tells("/nearest/0", "email.send"),
        Row::new("args with a fault", mail.to_string(), 422).tells("/errors/0/path", "/args/to/0"),
        Row::new("args with several faults", sleep.to_string(), 422)
            .tells("/errors/0/path", "/args/ms")
            .tells("/errors/1/path", "/args"),
        Row::new("an unknown option", r#"{"kind":"diagnostic.noop","prio":1}"#, 422),
        Row::new("an option of the wrong type", r#"{"kind":"diagnostic.noop","priority":12}"#, 422)
            .tells("/errors/0/path", "/priority"),
        Row::new("a body over the limit", with_args(9 << 20), 413),
        Row::new("bad JSON", "{\n  \"kind\": oops}", 400).tells("/line", 2).tells("/column", 11),
        Row::new("no JSON at all", "", 400),
        Row::new("no key", sound.clone(), 401).key(Key::None),
        Row::new("a wrong key", sound, 401).key(Key::Wrong),
    ];
    // On Redis nobody has said where large values go; the embedded engine has a folder for them.
    if engine == EngineKind::Redis {
        rows.push(Row::new("args over the limit", mail_of(70_000), 413));
    }
    rows
}

fn assert_problem(what: &str, answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{what}: {answer:?}");
    assert_eq!(answer.headers["content-type"], "application/problem+json", "{what}: {answer:?}");
    assert_eq!(answer.body["status"], status, "{what}: {answer:?}");
}

async fn assert_no_job(system: &System) {
    let listed = system.cli(&["jobs", "ls", "--json"]).await.unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["jobs"], json!([]));
}

async fn post(api: &Api, row: &Row) -> Answer {
    match row.key {
        Key::Right => api.post_right("/api/v1/jobs", row.body.clone()).await.unwrap(),
        Key::Wrong => {
            api.post_text("/api/v1/jobs", Some("a-key-of-somebody-else"), row.body.clone()).await.unwrap()
        }
        Key::None => api.post_text("/api/v1/jobs", None, row.body.clone()).await.unwrap(),
    }
}

on_each_engine!(bad_input_is_refused_with_its_reason_and_leaves_no_job_behind);

async fn bad_input_is_refused_with_its_reason_and_leaves_no_job_behind(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let api = system.api().await.unwrap();
    for row in rows(engine) {
        let answer = post(&api, &row).await;
        assert_problem(row.what, &answer, row.status);
        for (pointer, value) in &row.tells {
            assert_eq!(answer.body.pointer(pointer), Some(value), "{}: {:#}", row.what, answer.body);
        }
    }
    assert_no_job(&system).await;
}

on_each_engine!(a_faulty_job_in_a_batch_keeps_no_other_out);

async fn a_faulty_job_in_a_batch_keeps_no_other_out(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let api = system.api().await.unwrap();
    let batch = json!({ "jobs": [{ "kind": "diagnostic.noop" }, { "kind": "diagnostic.nop" }, 7] });
    let answer = api.post("/api/v1/jobs/batch", &batch).await.unwrap();
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.body.pointer("/jobs/0/state"), Some(&json!("available")));
    assert_eq!(answer.body.pointer("/jobs/1/error/status"), Some(&json!(404)));
    assert_eq!(answer.body.pointer("/jobs/2/error/status"), Some(&json!(422)));
    let listed = system.cli(&["jobs", "ls", "--json"]).await.unwrap();
    let listed: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["jobs"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_away_callers_are_told_to_come_back() {
    let mut system = System::start(EngineKind::Redis).await.unwrap();
    let api = system.api().await.unwrap();
    system.redis().unwrap().kill().unwrap();
    let batch = json!({ "jobs": [{ "kind": "diagnostic.noop" }] });
    let answers = [
        api.post("/api/v1/jobs", &json!({ "kind": "diagnostic.noop" })).await.unwrap(),
        api.post("/api/v1/jobs/batch", &batch).await.unwrap(),
        api.get("/api/v1/jobs/0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0001").await.unwrap(),
        api.get("/health/ready").await.unwrap(),
    ];
    for answer in &answers {
        assert_problem("Redis away", answer, 503);
        assert!(answer.headers["retry-after"].to_str().unwrap().parse::<u32>().unwrap() > 0);
    }
    assert_eq!(api.get("/health/live").await.unwrap().status, 200);

    system.redis().unwrap().start_again().await.unwrap();
    api.until_ready().await.unwrap();
    assert_no_job(&system).await;
}
