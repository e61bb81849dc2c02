//! Holds the map of ARCHITECTURE.md: which crate may know which.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Dependency, DependencyKind, Metadata, MetadataCommand, Package};

/// Each of our crates, the ones of ours that it may use, and why not more.
const EDGES: &[(&str, &[&str], &str)] = &[
    ("windlass-shared", &[], "shared is the vocabulary and knows nobody"),
    ("windlass-queue", &["windlass-shared"], "the core names no engine, no store, no worker"),
    (
        "windlass-redis",
        &["windlass-queue", "windlass-shared"],
        "an engine applies what the core decides and knows nobody else",
    ),
    (
        "windlass-sqlite",
        &["windlass-queue", "windlass-shared"],
        "an engine applies what the core decides and knows nobody else",
    ),
    (
        "windlass-conformance",
        &["windlass-queue", "windlass-shared"],
        "the suite judges the contract, so it names no engine",
    ),
    (
        "windlass-worker",
        &["windlass-queue", "windlass-shared"],
        "the worker never names an engine or a job kind",
    ),
    (
        "windlass-email",
        &["windlass-shared"],
        "an integration is a client of an outside service and knows no queue",
    ),
    ("windlass-email-templates", &[], "templates are text and data"),
    (
        "windlass-jobs",
        &["windlass-email", "windlass-email-templates", "windlass-queue", "windlass-shared"],
        "jobs never name the worker, an engine or the api",
    ),
    (
        "windlass-api",
        &["windlass-jobs", "windlass-queue", "windlass-relay", "windlass-shared", "windlass-store"],
        "the api enqueues through the contract, asks the store who may, and runs nothing",
    ),
    ("windlass-migrations", &[], "migrations are SQL, and never change with what is written against them"),
    (
        "windlass-store",
        &["windlass-migrations", "windlass-shared"],
        "the store keeps what it is given and knows neither queue nor HTTP",
    ),
    (
        "windlass-relay",
        &["windlass-queue", "windlass-shared", "windlass-store"],
        "the relay stands between queue and store, and names no engine",
    ),
    ("windlass-client", &[], "a client speaks HTTP alone, so that it builds without the rest"),
    (
        "windlass",
        &[
            "windlass-api",
            "windlass-email",
            "windlass-email-templates",
            "windlass-jobs",
            "windlass-queue",
            "windlass-redis",
            "windlass-relay",
            "windlass-shared",
            "windlass-sqlite",
            "windlass-store",
            "windlass-worker",
        ],
        "the composition root puts everything together except the tests' own crates",
    ),
    ("xtask", &[], "the project's tasks must build when the rest does not"),
    ("own_job", EXAMPLES, EXAMPLES_RULE),
];

/// An example uses what its reader would use.
const EXAMPLES: &[&str] =
    &["windlass-queue", "windlass-redis", "windlass-shared", "windlass-sqlite", "windlass-worker"];
const EXAMPLES_RULE: &str = "an example shows the crates that a user's own job needs, and no more";

/// What a crate's own tests may use on top of its edges.
const TEST_EDGES: &[(&str, &[&str])] = &[
    ("windlass-redis", &["windlass-conformance"]),
    ("windlass-sqlite", &["windlass-conformance"]),
    ("windlass-worker", &["windlass-conformance", "windlass-sqlite"]),
    ("windlass-jobs", &["windlass-sqlite", "windlass-worker"]),
    ("windlass-relay", &["windlass-sqlite", "windlass-worker"]),
    ("windlass-api", &["windlass-redis", "windlass-sqlite"]),
];

/// Technologies that one crate of ours keeps to itself.
const OWNERS: &[(&str, &str)] = &[
    ("apalis-core", "windlass-worker"),
    ("lettre", "windlass-email"),
    ("redis", "windlass-redis"),
    ("rusqlite", "windlass-sqlite"),
    ("jsonwebtoken", "windlass-api"),
    ("object_store", "windlass-store"),
    ("sea-orm-migration", "windlass-migrations"),
    ("sea-orm", "windlass-store"),
    ("sqlx", "windlass-store"),
    ("utoipa", "windlass-api"),
    ("utoipa-axum", "windlass-api"),
    ("utoipa-swagger-ui", "windlass-api"),
];

/// Who may use such a technology in its own tests all the same, and what for.
const TEST_OWNERS: &[(&str, &str, &str)] = &[(
    "rusqlite",
    "windlass-api",
    "another program holds the embedded engine's file up, and the api has to bear it",
)];

/// The whole-system tests and proofs look at the product from every side, so the map does not hold them.
const WHOLE_SYSTEM: &[&str] = &["windlass-tests", "windlass-proofs"];

#[test]
fn every_crate_uses_only_the_crates_that_the_map_allows() -> Result<()> {
    let mut broken = Vec::new();
    for package in product(&workspace()?) {
        let (allowed, rule) = edges_of(&package.name)?;
        for used in ours(package, DependencyKind::Normal).chain(ours(package, DependencyKind::Build)) {
            if !allowed.contains(&used) {
                broken.push(format!("{} may not depend on {used}: {rule}", package.name));
            }
        }
    }
    verdict(&broken);
    Ok(())
}

#[test]
fn tests_of_a_crate_reach_no_further_than_the_map_allows() -> Result<()> {
    let mut broken = Vec::new();
    for package in product(&workspace()?) {
        let (allowed, rule) = edges_of(&package.name)?;
        let in_tests =
            TEST_EDGES.iter().find(|(name, _)| package.name == *name).map_or(&[][..], |(_, extra)| extra);
        for used in ours(package, DependencyKind::Development) {
            if !allowed.contains(&used) && !in_tests.contains(&used) {
                broken.push(format!("tests of {} may not depend on {used}: {rule}", package.name));
            }
        }
    }
    verdict(&broken);
    Ok(())
}

#[test]
fn a_technology_is_known_to_its_owner_alone() -> Result<()> {
    let mut broken = Vec::new();
    for package in product(&workspace()?) {
        for (technology, owner) in OWNERS {
            let in_tests = TEST_OWNERS.iter().any(|(of, by, _)| of == technology && *package.name == **by);
            let is_use = |dependency: &&Dependency| {
                dependency.name == *technology
                    && !(in_tests && dependency.kind == DependencyKind::Development)
            };
            if package.dependencies.iter().any(|dependency| is_use(&dependency)) && package.name != *owner {
                broken.push(format!("{} depends on {technology}, which only {owner} may know", package.name));
            }
        }
    }
    verdict(&broken);
    Ok(())
}

/// `shared` decides and describes. Whatever reads a socket, a file or a runtime belongs elsewhere, however deep it hides.
#[test]
fn the_vocabulary_does_no_io() -> Result<()> {
    const IO: &[&str] = &["async-io", "hyper", "mio", "redis", "reqwest", "rusqlite", "socket2", "tokio"];
    let hidden: Vec<String> = everything_below("windlass-shared")?
        .into_iter()
        .filter(|name| IO.contains(&name.as_str()))
        .map(|name| format!("windlass-shared reaches {name}, and shared does no I/O and is not async"))
        .collect();
    verdict(&hidden);
    Ok(())
}

#[test]
fn every_entry_of_the_map_is_a_crate_of_the_workspace() -> Result<()> {
    let workspace = workspace()?;
    let stale: Vec<String> = EDGES
        .iter()
        .filter(|(name, _, _)| !workspace.packages.iter().any(|package| package.name == *name))
        .map(|(name, _, _)| format!("the map names {name}, which does not exist"))
        .collect();
    verdict(&stale);
    Ok(())
}

/// Panics rather than returns an error, whose report would bury the sentences under a backtrace.
fn verdict(broken: &[String]) {
    assert!(broken.is_empty(), "the map of ARCHITECTURE.md is broken:\n  {}\n", broken.join("\n  "));
}

fn edges_of(name: &str) -> Result<(&'static [&'static str], &'static str)> {
    let entry = EDGES.iter().find(|(known, _, _)| *known == name);
    let (_, allowed, rule) =
        entry.with_context(|| format!("{name} is new: give it its edges in {}", file!()))?;
    Ok((allowed, rule))
}

/// Every crate that has a place on the map.
fn product(workspace: &Metadata) -> impl Iterator<Item = &Package> {
    workspace.packages.iter().filter(|package| !WHOLE_SYSTEM.contains(&package.name.as_str()))
}

/// The crates of this repository that a package declares as dependencies of a kind.
fn ours(package: &Package, kind: DependencyKind) -> impl Iterator<Item = &str> {
    package
        .dependencies
        .iter()
        .filter(move |dependency| dependency.kind == kind && dependency.path.is_some())
        .map(|dependency| dependency.name.as_str())
}

fn workspace() -> Result<Metadata> {
    Ok(MetadataCommand::new().current_dir(root()?).no_deps().exec()?)
}

fn everything_below(package: &str) -> Result<BTreeSet<String>> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let output = tree.current_dir(root()?).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout)?;
    Ok(lines.lines().filter_map(|line| line.split_whitespace().next()).map(String::from).collect())
}

fn root() -> Result<&'static Path> {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the root of the repository")
}
