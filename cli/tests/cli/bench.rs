//! Measurements on the embedded engine, and what they refuse. The whole-system tests run each of them on each engine.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::Value;

use crate::support::{Running, fail, succeed, windlass};

/// A measurement whose temporary files are where the test sees them.
fn bench(directory: &Path, args: &[&str]) -> Command {
    let mut command = windlass(directory, &[&["bench"], args].concat());
    command.env("TMPDIR", directory);
    command
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory).unwrap().next().is_none()
}

#[test]
fn each_measurement_tells_its_figures_as_one_object_and_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    for args in [
        &["enqueue", "--jobs", "200", "--runs", "2"][..],
        &["drain", "--jobs", "200", "--tenants", "3", "--backlog", "20"],
        &["drain", "--jobs", "200", "--workers", "2"],
        &["latency", "--jobs", "5"],
        &["latency", "--jobs", "200", "--load", "0.5"],
        &["http", "--jobs", "100", "--connections", "4", "--batch", "10"],
    ] {
        let told = succeed(bench(directory, &[args, &["--json"]].concat()));
        let told: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
        assert_eq!((&told["bench"], &told["engine"]), (&args[0].into(), &"sqlite".into()));
        assert!(told["jobs_per_second"].as_f64().unwrap() > 0.0, "{told}");
        assert!(is_empty(directory), "{args:?}");
    }
}

#[test]
fn people_are_told_the_same_in_lines() {
    let directory = tempfile::tempdir().unwrap();
    let told = succeed(bench(directory.path(), &["drain", "--jobs", "100"]));
    let whats: Vec<_> = told.lines().map(|line| line[..12].trim_end()).collect();
    assert_eq!(whats, ["engine", "jobs", "enqueued", "drained", "to enqueue", "to drain"], "{told}");
}

#[test]
fn a_measurement_on_redis_asks_where_that_is() {
    let directory = tempfile::tempdir().unwrap();
    let said = fail(bench(directory.path(), &["drain", "--engine", "redis"]));
    assert!(said.contains("give --redis-url"), "{said}");
}

#[test]
fn the_embedded_engine_is_measured_even_where_redis_is_set() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = bench(directory.path(), &["enqueue", "--jobs", "10", "--engine", "sqlite"]);
    command.env("REDIS_URL", "redis://127.0.0.1:1/");
    assert!(succeed(command).contains("sqlite"));
}

#[test]
fn an_interruption_ends_a_measurement_with_its_workers_and_leaves_nothing_behind() {
    const PATIENCE: Duration = Duration::from_secs(20);
    let directory = tempfile::tempdir().unwrap();
    let running = Running::start(bench(directory.path(), &["drain", "--jobs", "10000000", "--workers", "2"]));
    let start = Instant::now();
    while is_empty(directory.path()) {
        assert!(start.elapsed() < PATIENCE, "it does not begin");
        std::thread::yield_now();
    }
    running.signal(Signal::SIGINT);
    let (code, said) = running.end();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("interrupted"), "{said}");
    assert!(is_empty(directory.path()));
}
