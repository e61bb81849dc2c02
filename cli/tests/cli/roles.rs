//! The roles as running processes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Running, http, line_with, succeed, windlass};
use nix::sys::signal::Signal;

/// What the banner tells.
struct Greeting {
    address: String,
    key: String,
    body: String,
}

fn start_dev(directory: &Path) -> (Running, Greeting) {
    let mut dev =
        Running::start(windlass(directory, &["dev", "--listen", "127.0.0.1:0", "--data-dir", "state"]));
    let curl = line_with(&mut dev.stdout, "curl ");
    let address = curl.split("http://").nth(1).unwrap().split("/api/v1/jobs").next().unwrap().to_owned();
    let header = line_with(&mut dev.stdout, "Authorization: Bearer ");
    let key = header.split("Bearer ").nth(1).unwrap().split('\'').next().unwrap().to_owned();
    let body = line_with(&mut dev.stdout, "-d '").split('\'').nth(1).unwrap().to_owned();
    (dev, Greeting { address, key, body })
}

fn post(greeting: &Greeting, extra: &str) -> String {
    let Greeting { address, key, body } = greeting;
    let head = format!(
        "POST /api/v1/jobs HTTP/1.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json{extra}"
    );
    http(address, &head, body)
}

#[test]
fn the_command_in_the_banner_makes_a_welcome_mail_appear_in_the_mailbox() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let (dev, greeting) = start_dev(directory);
    let answer = post(&greeting, "\r\nIdempotency-Key: first-mail");
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");

    // The same key means the same job, so this follows the one that was posted.
    let args = greeting.body.split_once(r#""args":"#).unwrap().1.strip_suffix('}').unwrap();
    let options = ["--data-dir", "state", "--wait", "--idempotency-key", "first-mail", "--args", args];
    let result = succeed(windlass(directory, &[&["enqueue", "email.send_template"], &options[..]].concat()));
    assert!(result.contains("message_id"), "{result}");
    let mails: Vec<_> = fs::read_dir(directory.join("state/mailbox")).unwrap().map(Result::unwrap).collect();
    assert_eq!(mails.len(), 1);
    let mail = fs::read_to_string(mails[0].path()).unwrap();
    assert!(mail.contains("To: ada@example.com") && mail.contains("https://example.com/verify"), "{mail}");

    dev.signal(Signal::SIGTERM);
    let (code, log) = dev.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("draining: running jobs may finish"), "{log}");
    assert!(!log.contains(&greeting.key), "the key is in the log");
}

#[test]
fn a_job_that_runs_when_the_signal_comes_may_finish() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let (dev, _) = start_dev(directory);
    let options = ["--data-dir", "state", "--diagnostics", "--wait", "--args", r#"{"ms":1500}"#];
    let mut follower =
        Running::start(windlass(directory, &[&["enqueue", "diagnostic.sleep"], &options[..]].concat()));
    line_with(&mut follower.stderr, "running, attempt 1");
    dev.signal(Signal::SIGINT);
    let (code, log) = dev.end();
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(follower.end().0, Some(0));
}

#[test]
fn a_second_signal_gives_running_jobs_back() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let (mut dev, _) = start_dev(directory);
    let options = ["--data-dir", "state", "--diagnostics", "--wait", "--args", r#"{"ms":600000}"#];
    let mut follower =
        Running::start(windlass(directory, &[&["enqueue", "diagnostic.sleep"], &options[..]].concat()));
    line_with(&mut follower.stderr, "running, attempt 1");
    dev.signal(Signal::SIGTERM);
    line_with(&mut dev.stderr, "draining");
    dev.signal(Signal::SIGTERM);
    let (code, log) = dev.end();
    assert_eq!(code, Some(0), "{log}");
    line_with(&mut follower.stderr, "available");
    let table = succeed(windlass(directory, &["jobs", "ls", "--data-dir", "state", "--state", "available"]));
    assert!(table.contains("diagnostic.sleep") && table.contains("0/4"), "{table}");
}

#[test]
fn the_development_key_is_made_once_for_its_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let (dev, first) = start_dev(directory.path());
    dev.signal(Signal::SIGTERM);
    assert_eq!(dev.end().0, Some(0));
    let (_dev, second) = start_dev(directory.path());
    assert_eq!(first.key, second.key);
    let file = directory.path().join("state/api-key");
    assert_eq!(fs::read_to_string(&file).unwrap().trim(), first.key);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn an_api_whose_redis_is_away_starts_and_answers_503() {
    let directory = tempfile::tempdir().unwrap();
    let args = ["api", "--listen", "127.0.0.1:0", "--redis-url", "redis://:hunter2@127.0.0.1:1/"];
    let mut command = windlass(directory.path(), &args);
    command.envs([("WINDLASS_LOG_FORMAT", "json"), ("WINDLASS_API_KEY", "sixteen-letters!")]);
    let mut api = Running::start(command);
    let line = line_with(&mut api.stderr, "the API listens");
    let event: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(event["engine"], "redis://127.0.0.1:1/");
    let address = event["address"].as_str().unwrap();
    line_with(&mut api.stderr, "the API answers 503 until the engine is back");
    assert!(http(address, "GET /health/live HTTP/1.1", "").starts_with("HTTP/1.1 200 "));
    let job = r#"{"kind":"email.send","args":{"to":["ada@example.com"],"subject":"Hi","text":"Hi."}}"#;
    let head = "POST /api/v1/jobs HTTP/1.1\r\nAuthorization: Bearer sixteen-letters!\r\nContent-Type: application/json";
    let answer = http(address, head, job).to_lowercase();
    assert!(answer.starts_with("http/1.1 503 ") && answer.contains("retry-after:"), "{answer}");
    api.signal(Signal::SIGTERM);
    let (code, log) = api.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("hunter2") && !log.contains("sixteen-letters!"), "{log}");
}

#[test]
fn a_worker_whose_redis_is_away_waits_and_can_be_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let mut worker =
        Running::start(windlass(directory.path(), &["worker", "--redis-url", "redis://127.0.0.1:1/"]));
    line_with(&mut worker.stderr, "waiting for the engine");
    worker.signal(Signal::SIGTERM);
    let (code, log) = worker.end();
    assert_eq!(code, Some(0), "{log}");
}
