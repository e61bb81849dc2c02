//! `windlass migrate`: the tables of the store.

use serde_json::Value;

use crate::support::{fail, succeed, windlass};

#[test]
fn migrations_are_shown_applied_and_then_there_is_nothing_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| succeed(windlass(directory.path(), &[&["migrate"], args].concat()));
    let before = run(&["status"]);
    assert!(before.contains("m0001_organizations") && before.contains("pending"), "{before}");
    assert!(before.contains("`windlass migrate up` applies them"), "{before}");

    let json: Value = serde_json::from_str(&run(&["status", "--json"])).unwrap();
    let migrations = json["migrations"].as_array().unwrap();
    assert_eq!(json["pending"], migrations.len());
    assert_eq!(migrations[0]["applied"], false);

    let applied = run(&["up"]);
    assert!(applied.contains("applied m0001_organizations"), "{applied}");
    assert!(run(&["up"]).contains("nothing to do"));
    let json: Value = serde_json::from_str(&run(&["up", "--json"])).unwrap();
    assert_eq!(json["applied"], serde_json::json!([]));
    assert!(run(&["status"]).contains("is up to date"));
}

#[test]
fn another_database_is_named_by_its_url_and_no_password_is_shown() {
    let directory = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}/other.db", directory.path().display());
    succeed(windlass(directory.path(), &["migrate", "up", "--database-url", &file]));
    assert!(directory.path().join("other.db").exists());
    assert!(!directory.path().join(".windlass/store.db").exists());

    let away = "postgres://ada:hunter2@127.0.0.1:1/windlass";
    let said = fail(windlass(directory.path(), &["migrate", "status", "--database-url", away]));
    assert!(said.contains("check --database-url"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");

    let wrong = "mysql://ada:hunter2@127.0.0.1/windlass";
    let said = fail(windlass(directory.path(), &["migrate", "status", "--database-url", wrong]));
    assert!(said.contains("database_url (from --database-url)") && said.contains("postgres://"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn a_secret_that_could_be_guessed_is_refused_and_not_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = windlass(directory.path(), &["check-config"]);
    command.env("WINDLASS_SECRET_KEY", "much-too-short");
    let said = fail(command);
    assert!(said.contains("the secret has 14 characters; take 32 or more"), "{said}");
    assert!(!said.contains("much-too-short"), "{said}");
}
