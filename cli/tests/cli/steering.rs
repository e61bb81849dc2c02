//! Orders for jobs, given from the command line.

use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::{Running, fail, line_with, stderr, succeed, windlass};

const NOBODY: &str = "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007";

fn enqueued(directory: &Path, options: &[&str]) -> String {
    let args = [&["enqueue", "diagnostic.noop", "--diagnostics"], options].concat();
    succeed(windlass(directory, &args)).trim().to_owned()
}

fn show(directory: &Path, id: &str) -> Value {
    json_of(&succeed(windlass(directory, &["jobs", "show", id, "--json"])))
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_few_jobs_are_steered_by_their_ids() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let (one, two) = (enqueued(directory, &[]), enqueued(directory, &["--delay-ms", "3600000"]));
    let said = succeed(windlass(directory, &["jobs", "reprioritize", &one, &two, "--priority", "1"]));
    assert!(said.contains(&format!("job {one}: has priority 1 now; it is available")), "{said}");
    assert_eq!(show(directory, &two)["priority"], 1);
    let said = succeed(windlass(directory, &["jobs", "retry", &two]));
    assert_eq!(said, format!("job {two}: available\n"));
    let said = json_of(&succeed(windlass(directory, &["jobs", "cancel", &one, "--json"])));
    assert_eq!(said, json!({"jobs": [{"id": one, "done": true, "outcome": "cancelled"}]}));
    let said = succeed(windlass(directory, &["jobs", "delete", &one]));
    assert_eq!(said, format!("job {one}: deleted; it was cancelled\n"));
    fail(windlass(directory, &["jobs", "show", &one]));
}

#[test]
fn when_one_job_cannot_be_steered_the_others_are_and_the_command_fails() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let id = enqueued(directory, &[]);
    let output = windlass(directory, &["jobs", "cancel", NOBODY, &id]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(&format!("job {NOBODY}: there is no such job")), "{said}");
    assert!(said.contains(&format!("job {id}: cancelled")), "{said}");
    assert!(stderr(&output).contains("1 of 2 jobs could not be steered"), "{output:?}");
    let said = fail(windlass(directory, &["jobs", "reprioritize", &id, "--priority", "0"]));
    assert!(said.contains("1 of 1 jobs could not be steered"), "{said}");
}

#[test]
fn a_job_is_retried_with_other_args_when_they_fit_its_kind() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let args =
        ["enqueue", "diagnostic.sleep", "--diagnostics", "--delay-ms", "3600000", "--args", r#"{"ms":1}"#];
    let id = succeed(windlass(directory, &args));
    let id = id.trim();
    let retry = |args: &str| windlass(directory, &["jobs", "retry", id, "--diagnostics", "--args", args]);
    let said = fail(retry(r#"{"ms":"long"}"#));
    assert!(said.contains("the args do not fit the schema of diagnostic.sleep:\n  /ms: "), "{said}");
    assert!(fail(retry("{")).contains("--args is not valid JSON"));
    succeed(retry(r#"{"ms":2}"#));
    let job = show(directory, id);
    assert_eq!((&job["args"]["ms"], &job["state"]), (&json!(2), &json!("available")));
}

#[test]
fn a_dry_run_counts_without_a_worker_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    for tag in ["a", "a", "b"] {
        enqueued(directory, &["--tag", tag]);
    }
    let said = succeed(windlass(directory, &["jobs", "delete", "--tag", "a", "--dry-run"]));
    assert_eq!(said, "2 jobs match; nothing was changed\n");
    let said = succeed(windlass(directory, &["jobs", "cancel", "--all", "--dry-run", "--json"]));
    assert_eq!(json_of(&said), json!({"matched": 3, "changed": 0, "refused": 0}));
    let left = json_of(&succeed(windlass(directory, &["jobs", "ls", "--json"])));
    assert_eq!(left["jobs"].as_array().unwrap().len(), 3);
}

#[test]
fn all_that_match_are_steered_by_a_job_that_is_followed_to_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let ids = ["a", "a", "b"].map(|tag| enqueued(directory, &["--tag", tag, "--delay-ms", "3600000"]));
    let mut worker = Running::start(windlass(directory, &["worker", "--queues", "maintenance"]));
    line_with(&mut worker.stderr, "the worker runs");
    let output = windlass(directory, &["jobs", "cancel", "--tag", "a"]).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "2 jobs matched: 2 changed, 0 refused\n");
    assert!(stderr(&output).contains("cancels what matches"), "{}", stderr(&output));
    let states = ids.map(|id| show(directory, &id)["state"].as_str().unwrap().to_owned());
    assert_eq!(states, ["cancelled", "cancelled", "scheduled"]);

    let said = succeed(windlass(directory, &["jobs", "delete", "--state", "cancelled", "--json"]));
    assert_eq!(json_of(&said)["result"], json!({"matched": 2, "changed": 2, "refused": 0}));
    worker.signal(Signal::SIGTERM);
    assert_eq!(worker.end().0, Some(0));
}

#[test]
fn ctrl_c_stops_following_and_leaves_the_operation() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let mut command = Running::start(windlass(directory, &["jobs", "cancel", "--state", "available"]));
    let line = line_with(&mut command.stderr, "cancels what matches");
    let id = line.strip_prefix("job ").unwrap().split(':').next().unwrap().to_owned();
    line_with(&mut command.stderr, "no worker serves the queue maintenance; start one with `windlass worker");
    command.signal(Signal::SIGINT);
    let (code, said) = command.end();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!("the job {id} goes on without this command")), "{said}");
    let job = show(directory, &id);
    assert_eq!((&job["state"], &job["tenant"]), (&json!("available"), &json!("operator")));
}

#[test]
fn a_bulk_operation_that_is_enqueued_by_hand_is_the_operators_too() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let args = ["enqueue", "jobs.bulk", "--args", r#"{"action":"cancel","filter":{}}"#];
    let id = succeed(windlass(directory, &args));
    assert_eq!(show(directory, id.trim())["tenant"], "operator");
    assert_eq!(show(directory, &enqueued(directory, &[]))["tenant"], "default");
}

#[test]
fn it_is_told_why_a_job_does_not_run_and_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let id = enqueued(directory, &["--delay-ms", "3600000"]);
    let said = succeed(windlass(directory, &["why", &id]));
    assert!(said.starts_with("its time is ahead: it may start at 2"), "{said}");
    assert!(said.contains(&format!("`windlass jobs retry {id}` starts it now")), "{said}");
    let json = json_of(&succeed(windlass(directory, &["why", &id, "--json"])));
    assert_eq!(json["reasons"][0]["reason"], "scheduled_for");
    succeed(windlass(directory, &["jobs", "cancel", &id]));
    assert!(succeed(windlass(directory, &["why", &id])).starts_with("it is over: cancelled"));
    assert!(fail(windlass(directory, &["why", NOBODY])).contains("there is no job"));
}

#[test]
fn what_is_asked_for_when_a_job_is_enqueued_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let unique = ["--unique-until", "10m", "--on-conflict", "replace"];
    let options = ["--backoff", "1s,1m", "--expires-in", "2h", "--limit-key", "stripe:acct_1"];
    let id = enqueued(directory, &[&options[..], &unique[..]].concat());
    let sheet = succeed(windlass(directory, &["jobs", "show", &id]));
    for part in
        ["backoff       1s, 1m", "limit key     stripe:acct_1", "unique        for 10m", "expires       2"]
    {
        assert!(sheet.contains(part), "{part}: {sheet}");
    }
    let again =
        windlass(directory, &[&["enqueue", "diagnostic.noop", "--diagnostics"], &unique[..]].concat());
    let output = { again }.output().unwrap();
    assert!(stderr(&output).contains(&format!("job {id}: was there already and has taken over what is new")));
}

#[test]
fn a_batch_that_does_not_exist_is_said_to() {
    let directory = tempfile::tempdir().unwrap();
    let said = fail(windlass(directory.path(), &["batches", "show", NOBODY]));
    assert!(said.contains(&format!("there is no batch {NOBODY} here")), "{said}");
}
