//! The list of promises in `conformance!` is complete: a promise that no engine is held to would look like one.
#![expect(clippy::unwrap_used, reason = "a failing test panics")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_promise_that_is_written_is_listed() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (suite, promises) = (texts(&sources.join("suite")), texts(&sources.join("promises")));
    let listed: BTreeSet<_> = suite.lines().filter_map(|line| line.trim().strip_suffix(',')).collect();
    let written: BTreeSet<_> = promises.lines().filter_map(promise).collect();
    let missing: Vec<_> = written.difference(&listed).collect();
    assert!(written.len() > 300 && missing.is_empty(), "not listed: {missing:?}");
}

/// The name of the promise that a line begins, if it begins one.
fn promise(line: &str) -> Option<&str> {
    Some(line.strip_prefix("pub async fn ")?.split_once('(')?.0)
}

/// All files of a folder, one after the other.
fn texts(folder: &Path) -> String {
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}
