//! What the command line answers to what it cannot do.

use std::net::TcpListener;

use crate::support::{fail, succeed, windlass};

#[test]
fn every_command_has_a_help_text_with_an_example() {
    let directory = tempfile::tempdir().unwrap();
    let commands = [
        &["dev"][..],
        &["api"],
        &["worker"],
        &["enqueue"],
        &["jobs", "ls"],
        &["jobs", "show"],
        &["jobs", "cancel"],
        &["jobs", "retry"],
        &["jobs", "delete"],
        &["jobs", "reprioritize"],
        &["why"],
        &["queues", "ls"],
        &["queues", "show"],
        &["queues", "pause"],
        &["queues", "resume"],
        &["queues", "drain"],
        &["queues", "undrain"],
        &["queues", "limit"],
        &["queues", "tenant"],
        &["queues", "policy"],
        &["batches", "show"],
        &["bench", "enqueue"],
        &["bench", "drain"],
        &["bench", "latency"],
        &["bench", "http"],
        &["bench", "crash"],
        &["check-config"],
    ];
    for command in commands {
        let help = succeed(windlass(directory.path(), &[command, &["--help"]].concat()));
        assert!(help.contains("Example") && help.contains("windlass "), "{command:?}: {help}");
        for option in ["--redis-url", "--data-dir", "--diagnostics", "--config"] {
            assert!(help.contains(option), "{command:?} does not offer {option}");
        }
    }
}

#[test]
fn an_api_without_a_key_says_what_to_set() {
    let directory = tempfile::tempdir().unwrap();
    let said = fail(windlass(directory.path(), &["api", "--listen", "127.0.0.1:0"]));
    assert!(said.contains("set WINDLASS_API_KEY or WINDLASS_API_KEY_FILE"), "{said}");
}

#[test]
fn an_address_that_is_taken_is_named_with_a_way_out() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = fail(windlass(directory.path(), &["dev", "--listen", &address]));
    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
    assert!(said.contains("choose another address with --listen"), "{said}");
}

#[test]
fn a_data_directory_that_cannot_be_made_is_named() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("file"), "").unwrap();
    let said = fail(windlass(directory.path(), &["jobs", "ls", "--data-dir", "file/below"]));
    assert!(said.contains("the data directory file/below cannot be used"), "{said}");
    assert!(said.contains("choose another with --data-dir"), "{said}");
}

#[test]
fn a_queue_without_kinds_is_refused_with_those_that_have_some() {
    let directory = tempfile::tempdir().unwrap();
    let said = fail(windlass(directory.path(), &["worker", "--queues", "email,emial"]));
    assert!(said.contains("no kind of job lives in the queue emial; there are email, maintenance"), "{said}");
}

#[test]
fn a_job_that_cannot_be_accepted_is_refused_with_every_reason_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    for (args, reason) in [
        (&["email.sned"][..], "there is no kind \"email.sned\"; did you mean"),
        (&["completely.different"], "there are email.send"),
        (&["diagnostic.noop"], "the diagnostic kinds need --diagnostics"),
        (&["email.send", "--args", "{"], "--args is not valid JSON"),
        (&["email.send", "--args", "@missing.json"], "--args names missing.json, which cannot be read"),
        (&["email.send", "--args", r#"{"to":7}"#], "\n  /to: "),
        (&["diagnostic.noop", "--diagnostics", "--priority", "10"], "priority goes from 0 to 9"),
        (&["diagnostic.noop", "--diagnostics", "--max-attempts", "0"], "max_attempts goes from 1 to 1000"),
        (&["diagnostic.noop", "--diagnostics", "--timeout-ms", "0"], "timeout_ms goes from 1"),
        (&["diagnostic.noop", "--diagnostics", "--expires-in", "0s"], "expires is later than the time"),
        (&["diagnostic.noop", "--diagnostics", "--backoff", "31d"], "backoff has waits of at most 30 days"),
        (
            &["diagnostic.noop", "--diagnostics", "--unique-until", "finish", "--unique-args", "x"],
            "unique.args names arguments of the kind",
        ),
    ] {
        let said = fail(windlass(directory, &[&["enqueue"], args].concat()));
        assert!(said.contains(reason), "{args:?}: {said}");
    }
    assert_eq!(succeed(windlass(directory, &["jobs", "ls"])), "");
}

#[test]
fn what_was_enqueued_is_listed_and_shown_without_colours_when_nobody_looks() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let options = ["--diagnostics", "--delay-ms", "3600000", "--priority", "2", "--tag", "nightly"];
    let id = succeed(windlass(directory, &[&["enqueue", "diagnostic.noop"], &options[..]].concat()));
    let id = id.trim();
    let table =
        succeed(windlass(directory, &["jobs", "ls", "--state", "scheduled", "--kind", "diagnostic.noop"]));
    assert!(table.contains(id) && table.contains("scheduled") && !table.contains('\x1b'), "{table}");
    assert_eq!(succeed(windlass(directory, &["jobs", "ls", "--state", "running"])), "");
    let sheet = succeed(windlass(directory, &["jobs", "show", id]));
    assert!(sheet.contains("nightly") && sheet.contains("priority      2"), "{sheet}");
    let json = succeed(windlass(directory, &["jobs", "show", id, "--json"]));
    let job: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((job["id"].as_str(), job["state"].as_str()), (Some(id), Some("scheduled")));
}

#[test]
fn the_pages_of_a_list_follow_each_other() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let mut enqueued: Vec<_> = (0..5)
        .map(|_| {
            succeed(windlass(directory, &["enqueue", "diagnostic.noop", "--diagnostics"])).trim().to_owned()
        })
        .collect();
    let mut listed = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut command = windlass(directory, &["jobs", "ls", "--json", "--limit", "2"]);
        command.args(cursor.iter().flat_map(|cursor| ["--cursor", cursor]));
        let page: serde_json::Value = serde_json::from_str(&succeed(command)).unwrap();
        let jobs = page["jobs"].as_array().unwrap();
        assert!(jobs.len() <= 2);
        listed.extend(jobs.iter().map(|job| job["id"].as_str().unwrap().to_owned()));
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    enqueued.sort();
    listed.sort();
    assert_eq!(listed, enqueued);
}

#[test]
fn a_job_that_does_not_exist_is_said_to() {
    let directory = tempfile::tempdir().unwrap();
    let said = fail(windlass(directory.path(), &["jobs", "show", "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007"]));
    assert!(said.contains("there is no job 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007 here"), "{said}");
}
