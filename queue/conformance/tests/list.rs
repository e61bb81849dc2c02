//! The list of promises in `conformance!` is complete: a promise that no engine is held to would look like one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_promise_that_is_written_is_listed() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let suite = fs::read_to_string(sources.join("suite.rs")).unwrap();
    let listed: BTreeSet<_> = suite.lines().filter_map(|line| line.trim().strip_suffix(',')).collect();
    let mut written = BTreeSet::new();
    for file in fs::read_dir(sources.join("promises")).unwrap() {
        written.extend(promises(&fs::read_to_string(file.unwrap().path()).unwrap()));
    }
    let missing: Vec<_> = written.iter().filter(|promise| !listed.contains(promise.as_str())).collect();
    assert!(written.len() > 100 && missing.is_empty(), "not listed: {missing:?}");
}

fn promises(source: &str) -> Vec<String> {
    let name = |line: &str| Some(line.strip_prefix("pub async fn ")?.split_once('(')?.0.to_owned());
    source.lines().filter_map(name).collect()
}
