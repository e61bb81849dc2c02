//! Organizations, API keys and the audit log, from the command line.

use std::path::Path;

use nix::sys::signal::Signal;
use serde_json::{Value, json};

use crate::support::{Running, fail, http, line_with, succeed, windlass};

fn json_of(directory: &Path, args: &[&str]) -> Value {
    serde_json::from_str(&succeed(windlass(directory, args))).unwrap()
}

#[test]
fn a_key_of_the_command_line_opens_the_api_for_its_organization_until_it_is_revoked() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let said = succeed(windlass(directory, &["organizations", "create", "acme", "--name", "Acme"]));
    assert_eq!(said, "organization acme: made\n");
    let create = ["keys", "create", "--name", "shop", "--organization", "acme", "--role", "teacher"];
    let key = succeed(windlass(directory, &create));
    let key = key.trim();
    assert!(key.starts_with("wl_") && key.len() == 55, "stdout has the key and nothing else: {key}");

    let mut api = windlass(directory, &["api", "--listen", "127.0.0.1:0", "--diagnostics"]);
    api.env("WINDLASS_API_KEY", "a-key-of-the-operator");
    let mut api = Running::start(api);
    let line = line_with(&mut api.stderr, "the API listens");
    let address = line.split("address=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let enqueue = |key: &str| {
        let head = format!("POST /api/v1/jobs HTTP/1.1\r\nAuthorization: Bearer {key}");
        http(&address, &head, r#"{"kind":"diagnostic.noop"}"#)
    };
    assert!(enqueue(key).starts_with("HTTP/1.1 202"));
    let listed = json_of(directory, &["jobs", "ls", "--json"]);
    assert_eq!(listed["jobs"][0]["tenant"], "acme");

    let id = key.split('_').nth(1).unwrap();
    let head = format!("DELETE /api/v1/keys/{id} HTTP/1.1\r\nAuthorization: Bearer a-key-of-the-operator");
    assert!(http(&address, &head, "").starts_with("HTTP/1.1 204"));
    assert!(enqueue(key).starts_with("HTTP/1.1 401"));
    api.signal(Signal::SIGTERM);
    assert_eq!(api.end().0, Some(0));
    let keys = json_of(directory, &["keys", "ls", "--json"]);
    assert!(keys["keys"][0]["last_used_at"].is_string(), "{keys}");
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let create = ["keys", "create", "--name", "ops", "--role", "operator", "--expires-in", "90d", "--json"];
    let made = json_of(directory, &create);
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!((&made["organization"], &made["created_by"]), (&json!(null), &json!("cli")));
    assert!(made["expires_at"].is_string());
    let queues = ["--queue", "email", "--queue", "default", "--organization", "default", "--role", "teacher"];
    succeed(windlass(directory, &[&["keys", "create", "--name", "two"], &queues[..]].concat()));

    let table = succeed(windlass(directory, &["keys", "ls"]));
    assert!(table.contains("email,default") && table.contains("until ") && !table.contains(key), "{table}");
    let own = json_of(directory, &["keys", "ls", "--organization", "default", "--json"]);
    assert_eq!(own["keys"].as_array().unwrap().len(), 1);
    let said = succeed(windlass(directory, &["keys", "revoke", id]));
    assert!(said.starts_with(&format!("key {id}: revoked")), "{said}");
    assert!(succeed(windlass(directory, &["keys", "ls"])).contains("revoked"));
    let said = fail(windlass(directory, &["keys", "revoke", "aaaaaaaa"]));
    assert!(said.contains("there is no API key aaaaaaaa here"), "{said}");
}

#[test]
fn a_key_that_cannot_be_is_refused_with_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    for (options, why) in [
        (
            &["--role", "wizard", "--organization", "default"][..],
            "there are admin, operator, student, teacher",
        ),
        (&["--role", "teacher"], "an organization is needed"),
        (
            &["--role", "operator", "--organization", "default"],
            "take other roles, or leave the organization out",
        ),
        (&["--role", "teacher", "--organization", "nobody"], "there is no organization nobody here"),
        (&["--role", "operator", "--expires-in", "99999999d"], "further than there are dates"),
    ] {
        let said = fail(windlass(directory.path(), &[&["keys", "create", "--name", "x"], options].concat()));
        assert!(said.contains(why), "{options:?}: {said}");
    }
    let none = json_of(directory.path(), &["keys", "ls", "--json"]);
    assert_eq!(none, json!({"keys": []}));
}

#[test]
fn a_role_of_the_configuration_can_be_given_to_a_key() {
    let directory = tempfile::tempdir().unwrap();
    let mut create = windlass(
        directory.path(),
        &["keys", "create", "--name", "d", "--role", "dispatcher", "--organization", "default"],
    );
    create.env("WINDLASS_ROLES", "dispatcher=jobs.read,jobs.manage");
    succeed(create);
}

#[test]
fn organizations_are_listed_suspended_and_resumed() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    succeed(windlass(directory, &["organizations", "create", "acme"]));
    let said = fail(windlass(directory, &["organizations", "create", "acme"]));
    assert!(said.contains("there is an organization acme already"), "{said}");
    let said = succeed(windlass(directory, &["organizations", "suspend", "acme"]));
    assert!(said.starts_with("organization acme: suspended"), "{said}");
    let table = succeed(windlass(directory, &["organizations", "ls"]));
    assert!(table.contains("suspended since") && table.contains("default"), "{table}");
    let resumed = json_of(directory, &["organizations", "resume", "acme", "--json"]);
    assert_eq!(resumed["suspended_at"], json!(null));
    let said = fail(windlass(directory, &["organizations", "suspend", "nobody"]));
    assert!(said.contains("there is no organization nobody here"), "{said}");
}

#[test]
fn what_is_done_at_the_command_line_stands_in_the_audit_log() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    succeed(windlass(directory, &["organizations", "create", "acme"]));
    fail(windlass(directory, &["organizations", "create", "acme"]));
    succeed(windlass(directory, &["keys", "create", "--name", "ops", "--role", "operator"]));
    let log = json_of(directory, &["audit", "--json"]);
    let told: Vec<_> = log["entries"].as_array().unwrap().iter().collect();
    let told: Vec<_> =
        told.iter().map(|entry| (entry["action"].as_str().unwrap(), &entry["outcome"])).collect();
    let (done, refused) = (json!(200), json!(409));
    assert_eq!(
        told,
        [("keys.create", &done), ("organizations.create", &refused), ("organizations.create", &done)]
    );
    let table = succeed(windlass(directory, &["audit", "--action", "keys.create", "--actor", "cli"]));
    assert_eq!(table.lines().count(), 2, "{table}");
    let none = json_of(directory, &["audit", "--organization", "other", "--json"]);
    assert_eq!(none, json!({"entries": []}));
}

#[test]
fn what_is_wrong_with_how_tokens_are_checked_is_told_and_no_secret_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let mut check = windlass(directory.path(), &["check-config"]);
    check.envs([
        ("JWT_SECRET", "hunter2"),
        ("JWKS_URL", "issuer.example/keys"),
        ("WINDLASS_ROLES", "student=jobs.read_own,jobs.fly"),
        ("WINDLASS_RATE_LIMIT_KEY_BURST", "99999999999"),
    ]);
    let said = fail(check);
    for part in [
        "auth.jwt_secret (from JWT_SECRET): the secret of tokens has 7 bytes",
        "auth.jwks_url (from JWKS_URL): \"issuer.example/keys\" is no http or https address",
        "the role student: \"jobs.fly\" is no permission",
        "api.rate_limit.key_burst (from WINDLASS_RATE_LIMIT_KEY_BURST): goes from 0 to 4294967295",
    ] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}
