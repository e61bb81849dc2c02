//! `windlass outbox`: what applications have written, and what was refused of it.

use serde_json::Value;
use windlass_shared::{Clock, SystemClock};
use windlass_store::outbox::{self, Fate, OutboxJob};
use windlass_store::{Database, Store, StoreOptions};

use crate::support::{fail, succeed, windlass};

/// Two rows that were refused, and one that waits.
#[tokio::main(flavor = "current_thread")]
async fn fill(store: &std::path::Path) -> Vec<String> {
    let options = outbox::sqlx::sqlite::SqliteConnectOptions::new().filename(store);
    let pool = outbox::sqlx::SqlitePool::connect_with(options).await.unwrap();
    let mut ids = Vec::new();
    for kind in ["email.sned", "email.send", "email.send"] {
        let job = OutboxJob::new(kind.parse().unwrap(), &serde_json::json!({}));
        ids.push(outbox::write_sqlite(&pool, &job).await.unwrap());
    }
    pool.close().await;
    let database = Database::Sqlite(store.to_owned());
    let store = Store::connect(StoreOptions::new(database, "a secret of the tests".into()));
    let taken = store.outbox().take(10, SystemClock.now()).await.unwrap();
    let refused = |place: usize| (ids[place].clone(), Fate::Refused("no such kind\u{1b}[31m".to_owned()));
    taken.settle(&[refused(0), refused(1)], SystemClock.now()).await.unwrap();
    store.close().await.unwrap();
    ids.iter().map(ToString::to_string).collect()
}

#[test]
fn refused_rows_are_shown_tried_again_and_removed() {
    let directory = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| succeed(windlass(directory.path(), &[&["outbox"], args].concat()));
    assert_eq!(run(&["ls"]), "0 waiting; 0 refused\n");
    let ids = fill(&directory.path().join(".windlass/store.db"));

    let table = run(&["ls"]);
    assert!(table.contains(&ids[0]) && table.contains("email.sned"), "{table}");
    assert!(table.contains("1 waiting, the oldest since 2") && table.contains("2 refused"), "{table}");
    assert!(!table.contains('\u{1b}'), "{table}");

    assert_eq!(run(&["retry", &ids[1]]), "1 refused row will be tried again\n");
    assert_eq!(run(&["rm", &ids[2]]), "0 refused rows removed\n", "a row that waits is not removed");
    assert_eq!(run(&["rm", "--all"]), "1 refused row removed\n");
    let json: Value = serde_json::from_str(&run(&["ls", "--json"])).unwrap();
    assert_eq!((&json["waiting"], &json["failed"]), (&2.into(), &0.into()));

    let log = succeed(windlass(directory.path(), &["audit", "--json"]));
    assert!(log.contains("outbox.retry") && log.contains("outbox.remove"), "{log}");
}

#[test]
fn which_rows_is_always_said() {
    let directory = tempfile::tempdir().unwrap();
    for args in [&["outbox", "rm"][..], &["outbox", "rm", "7"], &["outbox", "retry", "--all", "7"]] {
        let output = windlass(directory.path(), args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
    let said =
        fail(windlass(directory.path(), &["outbox", "ls", "--database-url", "postgres://127.0.0.1:1/x"]));
    assert!(said.contains("WINDLASS_SECRET_KEY"), "{said}");
}
