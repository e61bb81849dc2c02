//! Queues, looked at and steered from the command line.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::{fail, succeed, windlass};

fn queues(directory: &Path, args: &[&str]) -> String {
    succeed(windlass(directory, &[&["queues"], args].concat()))
}

fn email(directory: &Path) -> Value {
    serde_json::from_str(&queues(directory, &["show", "email", "--json"])).unwrap()
}

#[test]
fn queues_are_listed_with_what_is_in_them() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    succeed(windlass(directory, &["enqueue", "diagnostic.noop", "--diagnostics", "--delay-ms", "3600000"]));
    queues(directory, &["pause", "email"]);
    let table = queues(directory, &["ls"]);
    let lines: Vec<_> = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
    assert_eq!(lines[0][..3], ["QUEUE", "SCHEDULED", "PENDING"]);
    assert!(
        lines.iter().any(|line| line.first() == Some(&"email") && line.last() == Some(&"paused")),
        "{table}"
    );
    assert!(lines.iter().any(|line| line.get(1) == Some(&"1")), "{table}");
    let json: Value = serde_json::from_str(&queues(directory, &["ls", "--json"])).unwrap();
    assert!(json["queues"].as_array().unwrap().iter().any(|queue| queue["name"] == "maintenance"), "{json}");
}

#[test]
fn a_pause_is_set_shown_and_ended() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let pause = ["pause", "email", "kind:email.send", "--for", "10m", "--note", "the provider is down"];
    assert_eq!(
        queues(directory, &pause),
        "queue email: kind:email.send is paused for 10m; running jobs go on\n"
    );
    let shown = queues(directory, &["show", "email"]);
    assert!(
        shown.contains("kind:email.send: until 2") && shown.contains("(the provider is down)"),
        "{shown}"
    );
    let resume = ["resume", "email", "kind:email.send"];
    assert_eq!(queues(directory, &resume), "queue email: kind:email.send goes on\n");
    assert_eq!(queues(directory, &resume), "queue email: kind:email.send was not paused\n");
}

#[test]
fn limits_tenants_and_policy_are_set_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let said = queues(directory, &["limit", "email", "key:stripe:*", "--rate", "100/5m", "--burst", "9"]);
    assert_eq!(said, "queue email: key:stripe:*: 100 in 5m, 9 at once\n");
    let said = queues(directory, &["limit", "email", "queue", "--concurrency", "5", "--json"]);
    let queue: Value = serde_json::from_str(&said).unwrap();
    assert!(
        queue["limits"].as_array().unwrap().contains(&json!({"scope": "queue", "concurrency": 5})),
        "{queue}"
    );
    queues(directory, &["limit", "email", "queue", "--remove"]);

    let said = queues(directory, &["tenant", "email", "acme", "--weight", "5", "--quota", "7"]);
    assert_eq!(said, "queue email: the tenant acme has weight 5 and at most 7 unfinished jobs\n");
    let policy = ["--order", "priority-first", "--max-depth", "10", "--keep-completed", "7d"];
    queues(directory, &[&["policy", "email"], &policy[..]].concat());
    queues(directory, &["policy", "email", "--tenant-quota", "3"]);
    let queue = email(directory);
    assert_eq!(queue["limits"].as_array().unwrap().len(), 1);
    assert_eq!(queue["tenants"], json!([{"tenant": "acme", "weight": 5, "quota": 7}]));
    for (field, value) in
        [("order", json!("priority_first")), ("max_depth", json!(10)), ("tenant_quota", json!(3))]
    {
        assert_eq!(queue[field], value, "{field}");
    }
    assert_eq!(queue["retention"]["completed_for_ms"], 604_800_000);

    queues(directory, &["tenant", "email", "acme", "--remove"]);
    queues(directory, &["policy", "email", "--max-depth", "none", "--keep-as-workers-say"]);
    let queue = email(directory);
    assert_eq!(
        (&queue["tenants"], &queue["max_depth"], &queue["retention"]),
        (&json!([]), &json!(null), &json!(null))
    );
}

#[test]
fn what_is_not_named_of_a_limit_or_a_tenant_stays() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let limit = |options: &[&str]| queues(directory, &[&["limit", "email"], options].concat());
    limit(&["key:stripe:*", "--rate", "100/5m", "--burst", "9", "--concurrency", "3"]);
    for (options, holds) in [
        (&["--concurrency", "5"][..], "5 at a time; 100 in 5m, 9 at once"),
        (&["--rate", "7/s"], "5 at a time; 7 in 1s, 9 at once"),
        (&["--burst", "2"], "5 at a time; 7 in 1s, 2 at once"),
        (&["--concurrency", "none"], "7 in 1s, 2 at once"),
        (&["--rate", "none", "--concurrency", "6"], "6 at a time"),
    ] {
        let said = limit(&[&["key:stripe:acct_1"], options].concat());
        assert_eq!(said, format!("queue email: key:stripe:acct_1: {holds}\n"), "{options:?}");
    }
    // The one for each is untouched, and an end of the last part is said to be a removal.
    let said = limit(&["key:stripe:*", "--burst", "8"]);
    assert_eq!(said, "queue email: key:stripe:*: 3 at a time; 100 in 5m, 8 at once\n");
    for (options, reason) in [
        (&["--concurrency", "none"][..], "remove the limit to have none"),
        (&["--burst", "3"], "--burst is a part of a rate, and there is none"),
    ] {
        let args = [&["queues", "limit", "email", "key:stripe:acct_1"], options].concat();
        let said = fail(windlass(directory, &args));
        assert!(said.contains(reason), "{options:?}: {said}");
    }

    let tenant = |options: &[&str]| queues(directory, &[&["tenant", "email", "acme"], options].concat());
    tenant(&["--weight", "5"]);
    for (options, holds) in [
        (["--quota", "7"], "weight 5 and at most 7 unfinished jobs"),
        (["--weight", "2"], "weight 2 and at most 7 unfinished jobs"),
        (["--quota", "none"], "weight 2"),
    ] {
        assert_eq!(tenant(&options), format!("queue email: the tenant acme has {holds}\n"), "{options:?}");
    }
}

#[test]
fn a_queue_that_drains_takes_no_jobs_and_says_what_ends_that() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    queues(directory, &["drain", "email"]);
    let mail = r#"{"to":["ada@example.com"],"subject":"Hi","text":"Hi."}"#;
    let enqueue = ["enqueue", "email.send", "--args", mail];
    let said = fail(windlass(directory, &enqueue));
    assert!(
        said.contains("is being drained") && said.contains("`windlass queues undrain email` ends that"),
        "{said}"
    );
    queues(directory, &["undrain", "email"]);
    succeed(windlass(directory, &enqueue));
    queues(directory, &["policy", "email", "--max-depth", "1"]);
    let said = fail(windlass(directory, &enqueue));
    assert!(said.contains("raise it with `windlass queues policy email --max-depth N`"), "{said}");
}

#[test]
fn a_queue_or_a_rule_that_cannot_be_is_refused_at_the_door() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    for (args, reason) in [
        (&["show", "emial"][..], "no kind of job lives in the queue emial; there are email, maintenance"),
        (&["pause", "emial"], "no kind of job lives in the queue emial"),
        (&["pause", "email", "--for", "0s"], "lasts_ms goes from 1"),
        (&["limit", "email", "queue", "--rate", "1/60d"], "rate.period_ms goes from 1 to 2678400000"),
        (&["tenant", "email", "acme", "--weight", "1001"], "weight goes from 1 to 1000"),
        (&["policy", "email", "--keep-failed", "99999d"], "retention.failed_for_ms goes from 0"),
    ] {
        let said = fail(windlass(directory, &[&["queues"], args].concat()));
        assert!(said.contains(reason), "{args:?}: {said}");
    }
    assert_eq!(email(directory)["pauses"], json!([]));
}
