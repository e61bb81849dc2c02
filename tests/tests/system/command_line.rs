//! The tools of the command line, beside a running worker.

use std::process::Output;
use std::time::Duration;

use serde_json::{Value, json};
use windlass_shared::JobState;
use windlass_tests::{EngineKind, System};

const SOON: Duration = Duration::from_secs(10);

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

on_each_engine!(enqueue_with_wait_prints_the_result_of_the_job);

async fn enqueue_with_wait_prints_the_result_of_the_job(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let _worker = system.worker("worker", &[]).unwrap();
    let sleep =
        system.cli(&["enqueue", "diagnostic.sleep", "--args", r#"{"ms":10}"#, "--wait"]).await.unwrap();
    assert!(sleep.status.success(), "{sleep:?}");

    let args = r#"{"to":["ada@example.com"],"subject":"Hello","text":"Hi."}"#;
    let mail = system.cli(&["enqueue", "email.send", "--args", args, "--wait"]).await.unwrap();
    assert!(mail.status.success(), "{mail:?}");
    let result: Value = serde_json::from_str(stdout(&mail)).unwrap();
    assert_eq!(result["accepted"], 1);
}

on_each_engine!(enqueue_with_wait_fails_with_the_job);

async fn enqueue_with_wait_fails_with_the_job(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let _worker = system.worker("worker", &[]).unwrap();
    let failing = ["enqueue", "diagnostic.sleep", "--max-attempts", "1", "--wait", "--args"];
    let failed = system.cli(&[&failing[..], &[r#"{"ms":1,"fail_rate":1}"#]].concat()).await.unwrap();
    assert_eq!(failed.status.code(), Some(1), "{failed:?}");
    assert!(stderr(&failed).contains("discarded: failed as asked for"), "{failed:?}");
}

on_each_engine!(a_kind_that_nobody_knows_is_refused_with_the_nearest_names);

async fn a_kind_that_nobody_knows_is_refused_with_the_nearest_names(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let refused = system.cli(&["enqueue", "email.sent"]).await.unwrap();
    assert!(!refused.status.success());
    assert!(stderr(&refused).contains("email.send"), "{refused:?}");
    let listed = system.cli(&["jobs", "ls", "--json"]).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(stdout(&listed)).unwrap()["jobs"], json!([]));
}

on_each_engine!(jobs_are_listed_and_shown);

async fn jobs_are_listed_and_shown(engine: EngineKind) {
    let system = System::start(engine).await.unwrap();
    let (_worker, witness) = (system.worker("worker", &[]).unwrap(), system.witness().unwrap());
    let enqueued = system.cli(&["enqueue", "diagnostic.noop", "--tag", "proof"]).await.unwrap();
    let id = stdout(&enqueued).trim();
    witness.until_all(JobState::Completed, &[id.parse().unwrap()], SOON).await.unwrap();

    let listed = system.cli(&["jobs", "ls", "--state", "completed", "--json"]).await.unwrap();
    let listed: Value = serde_json::from_str(stdout(&listed)).unwrap();
    assert_eq!((&listed["jobs"][0]["id"], &listed["jobs"][0]["tags"]), (&json!(id), &json!(["proof"])));
    let table = system.cli(&["jobs", "ls"]).await.unwrap();
    assert!(stdout(&table).contains(id) && stdout(&table).contains("diagnostic.noop"), "{table:?}");
    let shown = system.cli(&["jobs", "show", id]).await.unwrap();
    assert!(stdout(&shown).contains(id) && stdout(&shown).contains("completed"), "{shown:?}");
    let shown = system.cli(&["jobs", "show", id, "--json"]).await.unwrap();
    assert_eq!(serde_json::from_str::<Value>(stdout(&shown)).unwrap()["attempt"], 1);
}
