//! The kinds that send one message: what they take, what they send, and how they fail.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use windlass_jobs::{Diagnostics, catalog};
use windlass_queue::{CheckError, Fault, JobError};

use crate::support::{Attempt, services, staffed};

const SEND: &str = "email.send";
const SEND_TEMPLATE: &str = "email.send_template";

/// `changes` on top of the smallest message that can be sent.
fn message(changes: Value) -> Value {
    merged(json!({"to": ["ada@example.org"], "subject": "Hello", "text": "Hi."}), changes)
}

fn merged(mut base: Value, changes: Value) -> Value {
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    base.as_object_mut().unwrap().extend(changes);
    base
}

/// The one message in the mailbox.
fn mail(mailbox: &Path) -> String {
    let files: Vec<_> = fs::read_dir(mailbox).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    fs::read_to_string(&files[0]).unwrap()
}

fn faults(kind: &str, args: &Value) -> Vec<Fault> {
    match catalog(Diagnostics::Disabled).unwrap().check(kind, args) {
        Err(CheckError::InvalidArgs { faults, .. }) => faults,
        other => panic!("{args} gives {other:?}"),
    }
}

async fn permanent_failure(kind: &str, args: Value) -> String {
    let folder = tempfile::tempdir().unwrap();
    let registry = staffed(&services(Some(folder.path())));
    match Attempt::new().run(&registry, kind, &args).await {
        Err(JobError::Permanent { message }) => message,
        other => panic!("{args} gives {other:?}"),
    }
}

#[tokio::test]
async fn a_message_with_everything_arrives_as_it_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let args = message(json!({
        "to": ["ada@example.org", {"email": "bob@example.org", "name": "Bob B."}],
        "cc": [{"email": "cid@example.org"}],
        "bcc": ["eve@example.org", "ada@example.org"],
        "reply_to": "help@example.com",
        "from": {"email": "own@example.net", "name": "Own"},
        "html": "<p>Hi.</p>",
        "headers": {"List-Id": "<sails.example.com>"},
        "attachments": [{"filename": "a.txt", "content_type": "text/plain", "content": "aGVs\nbG8="}],
        "type": "notification",
        "campaign": "spring",
        "metadata": {"order": 7},
    }));
    let attempt = Attempt::new();
    let result = attempt.run(&staffed(&services(Some(folder.path()))), SEND, &args).await.unwrap();

    assert_eq!(result["provider"], "mailbox");
    assert_eq!(result["accepted"], 4);
    assert_eq!(result["message_id"], format!("<{}@example.net>", attempt.id));
    let mail = mail(folder.path());
    for expected in [
        "Bob B.",
        "cid@example.org",
        "Reply-To: help@example.com",
        "Own",
        "List-Id: <sails.example.com>",
        "<p>Hi.</p>",
        "filename=\"a.txt\"",
        &format!("Message-ID: <{}@example.net>", attempt.id),
    ] {
        assert!(mail.contains(expected), "{expected} is missing in\n{mail}");
    }
    let headers = mail.split_once("\r\nFrom").unwrap().1;
    assert!(!headers.contains("eve@example.org"), "{mail}");
}

#[tokio::test]
async fn a_job_that_runs_again_sends_the_same_message_again() {
    let folder = tempfile::tempdir().unwrap();
    let registry = staffed(&services(Some(folder.path())));
    let attempt = Attempt::new();
    let first = attempt.run(&registry, SEND, &message(json!({}))).await.unwrap();
    let second = attempt.run(&registry, SEND, &message(json!({}))).await.unwrap();
    assert_eq!(first["message_id"], second["message_id"]);
    assert!(mail(folder.path()).contains("Date: Sat, 31 Jan 2026 09:30:00 +0000"));
}

#[tokio::test]
async fn a_template_is_filled_in_and_sent() {
    let folder = tempfile::tempdir().unwrap();
    let variables = json!({"user_name": "Ada", "verification_url": "https://example.com/verify?t=1"});
    let args = json!({"to": ["ada@example.org"], "template": "welcome", "variables": variables});
    let registry = staffed(&services(Some(folder.path())));
    let result = Attempt::new().run(&registry, SEND_TEMPLATE, &args).await.unwrap();
    assert_eq!(result["accepted"], 1);
    let mail = mail(folder.path());
    assert!(mail.contains("text/plain") && mail.contains("text/html") && mail.contains("Ada"), "{mail}");
}

#[tokio::test]
async fn what_a_template_cannot_do_is_a_permanent_failure_that_says_what() {
    let to = json!({"to": ["ada@example.org"]});
    for (args, said) in [
        (json!({"template": "welcom", "variables": {}}), "welcome"),
        (json!({"template": "welcome", "variables": {"user_name": "Ada"}}), "verification_url"),
        (json!({"template": "welcome"}), "user_name"),
    ] {
        let failure = permanent_failure(SEND_TEMPLATE, merged(to.clone(), args)).await;
        assert!(failure.contains(said), "{failure}");
    }
}

#[tokio::test]
async fn what_cannot_be_a_message_is_a_permanent_failure_that_says_why() {
    let file = |more: Value| json!({"attachments": [merged(json!({"filename": "a.txt"}), more)]});
    for (changes, said) in [
        (json!({"to": ["ada@exa..mple.org"]}), "ada@exa..mple.org"),
        (json!({"headers": {"Bcc": "eve@example.org"}}), "Bcc"),
        (json!({"headers": {"X-A": "b\r\nBcc: eve@example.org"}}), "line break"),
        (file(json!({"content": "%%%"})), "no base64"),
        (file(json!({"blob": "b1"})), "not available yet"),
    ] {
        let failure = permanent_failure(SEND, message(changes)).await;
        assert!(failure.contains(said), "{failure}");
    }
}

#[tokio::test]
async fn without_a_provider_the_failure_is_permanent_and_says_what_to_set() {
    let registry = staffed(&services(None));
    let Err(JobError::Permanent { message }) = Attempt::new().run(&registry, SEND, &message(json!({}))).await
    else {
        panic!("a message was sent without a provider");
    };
    assert!(message.contains("SMTP_HOST"), "{message}");
}

#[tokio::test]
async fn a_provider_that_may_recover_is_tried_again() {
    // A folder below a file cannot be made.
    let file = tempfile::NamedTempFile::new().unwrap();
    let registry = staffed(&services(Some(&file.path().join("mailbox"))));
    let error = Attempt::new().run(&registry, SEND, &message(json!({}))).await.unwrap_err();
    assert!(matches!(error, JobError::Transient { .. }), "{error:?}");
}

#[tokio::test]
async fn a_cancelled_job_sends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let attempt = Attempt::new();
    attempt.cancellation.cancel();
    let registry = staffed(&services(Some(folder.path())));
    let error = attempt.run(&registry, SEND, &message(json!({}))).await.unwrap_err();
    assert!(matches!(error, JobError::Cancelled), "{error:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn args_that_are_no_message_are_refused_with_the_place_of_the_fault() {
    let fifty_one = vec!["ada@example.org"; 51];
    for (changes, path) in [
        (json!({"to": []}), "/to"),
        (json!({"to": "ada@example.org"}), "/to"),
        (json!({"to": fifty_one}), "/to"),
        (json!({"to": ["ada"]}), "/to/0"),
        (json!({"to": ["Ada <ada@example.org>"]}), "/to/0"),
        (json!({"to": [{"name": "Ada"}]}), "/to/0"),
        (json!({"to": [{"email": "ada@example.org", "nick": "A"}]}), "/to/0"),
        (json!({"to": [{"email": "ada"}]}), "/to/0/email"),
        (json!({"cc": [7]}), "/cc/0"),
        (json!({"reply_to": ["help"]}), "/reply_to/0"),
        (json!({"from": "nobody"}), "/from"),
        (json!({"subject": ""}), "/subject"),
        (json!({"subject": "a\r\nBcc: eve@example.org"}), "/subject"),
        (json!({"html": ""}), "/html"),
        (json!({"text": null}), "/text"),
        (json!({"headers": {"X-A": 1}}), "/headers/X-A"),
        (json!({"attachments": [{"filename": "a.txt"}]}), "/attachments/0"),
        (json!({"attachments": [{"filename": "../a", "content": ""}]}), "/attachments/0/filename"),
        (json!({"type": "spam"}), "/type"),
        (json!({"metadata": []}), "/metadata"),
        (json!({"subjekt": "x"}), ""),
    ] {
        let args = message(changes);
        let paths: Vec<_> = faults(SEND, &args).into_iter().map(|fault| fault.path).collect();
        assert_eq!(paths, [path], "{args}");
    }
}

#[test]
fn a_message_without_content_is_told_what_is_missing() {
    let faults = faults(SEND, &json!({"to": ["ada@example.org"], "subject": "Hello"}));
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].message.contains("text"), "{faults:?}");
}

#[test]
fn typed_arguments_pass_their_own_schema() {
    let catalog = catalog(Diagnostics::Disabled).unwrap();
    let address = windlass_jobs::email::Address::from("ada@example.org");
    let send = windlass_jobs::email::SendEmail {
        to: vec![address.clone()],
        subject: "Hello".to_owned(),
        text: Some("Hi.".to_owned()),
        ..Default::default()
    };
    catalog.check(SEND, &serde_json::to_value(send).unwrap()).unwrap();
    let template = windlass_jobs::email::SendTemplate {
        to: vec![address],
        template: "welcome".to_owned(),
        ..Default::default()
    };
    catalog.check(SEND_TEMPLATE, &serde_json::to_value(template).unwrap()).unwrap();
}
