//! What holds for every statement that this crate sends to SQLite.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use windlass_shared::SystemClock;
use windlass_sqlite::SqliteEngine;

#[test]
fn every_statement_finds_its_rows_by_an_index_and_in_its_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    drop(SqliteEngine::open(&path, Arc::new(SystemClock)).unwrap());
    let connection = Connection::open(&path).unwrap();
    let statements = statements(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(statements.len() > 120, "only {} statements were found", statements.len());
    for sql in statements {
        for step in plan(&connection, &sql) {
            // There are few queues, and what a subquery has found is few.
            let is_scan = step.starts_with("SCAN")
                && !["SCAN queues", "SCAN (subquery"].iter().any(|few| step.starts_with(few));
            assert!(!is_scan && !step.contains("TEMP B-TREE"), "{step}:\n{sql}");
        }
    }
}

#[test]
fn who_asks_for_what_is_ready_begins_with_the_tenants_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    drop(SqliteEngine::open(&path, Arc::new(SystemClock)).unwrap());
    let connection = Connection::open(&path).unwrap();
    let statements = statements(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let mut looked_at = 0;
    for sql in statements.iter().filter(|sql| sql.contains("FROM ready") && sql.contains("JOIN jobs")) {
        // The lanes of a tenant that stands aside are of any length, and nothing in them can start.
        let plan = plan(&connection, sql);
        let first = plan.iter().find(|step| step.contains(" ready ") || step.contains(" jobs "));
        assert!(first.is_some_and(|step| step.contains(" ready ")), "{plan:?}:\n{sql}");
        looked_at += 1;
    }
    assert!(looked_at > 0);
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut plan = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        plan.push(row.get("detail").unwrap());
    }
    plan
}

/// The string literals in the sources that are statements about rows.
fn statements(folder: &Path) -> Vec<String> {
    let mut statements = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            statements.extend(self::statements(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(path).unwrap();
            let literals = source.split('"').skip(1).step_by(2).map(str::trim);
            let is_statement = |text: &&str| {
                ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| text.starts_with(verb))
            };
            statements.extend(literals.filter(is_statement).map(str::to_owned));
        }
    }
    statements
}
