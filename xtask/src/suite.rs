//! `cargo xtask test`: the whole suite, beside the services that it needs.

use std::io::Cursor;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use cargo_metadata::Message;

use crate::foreground::Foreground;
use crate::project::cargo;
use crate::services::Services;
use crate::terminal::timed;

/// The package and the program that whole-system tests run.
const PROGRAM: &str = "windlass";

/// The tests whose store is in a file the first time.
const ON_POSTGRES: [&str; 4] = ["--package", "windlass-api", "--test", "http"];

/// Runs the suite, or the part of it that the runner's arguments choose. Documentation tests have a runner of their
/// own, so they belong to the whole suite only.
pub(crate) fn run(foreground: &Foreground, arguments: &[String]) -> Result<()> {
    let selection = Selection::of(arguments);
    let program = timed("build", || build(foreground, &selection))?;
    let services = Services::start(foreground)?;
    let with_services = |mut command: Command| {
        command.envs(services.variables()).env("WINDLASS_TEST_BIN", &program);
        foreground.run(&mut command)
    };

    timed("tests", || with_services(runner(&selection)))?;
    if selection.is_everything() {
        let mut on_postgres = runner(&Selection::of(&ON_POSTGRES.map(String::from)));
        on_postgres.env("WINDLASS_TEST_API_STORE", "postgres");
        timed("tests of the API, with its store on PostgreSQL", || with_services(on_postgres))?;
        timed("documentation tests", || with_services(cargo(["test", "--workspace", "--doc"])))?;
    }
    Ok(())
}

/// The program that whole-system tests run, built as the whole suite builds it.
pub(crate) fn program(foreground: &Foreground) -> Result<PathBuf> {
    timed("build", || build(foreground, &Selection::of(&[])))
}

/// Runs the proofs that are named, or all of them, in full.
pub(crate) fn prove(foreground: &Foreground, proofs: &[String]) -> Result<()> {
    let services = Services::start(foreground)?;
    let mut command = cargo(["run", "--release", "--package", "windlass-proofs", "--", "run"]);
    foreground.run(command.args(proofs).envs(services.variables()))
}

/// What the caller wants to run, in the runner's own words.
struct Selection<'a> {
    arguments: &'a [String],
}

impl<'a> Selection<'a> {
    fn of(arguments: &'a [String]) -> Self {
        let arguments = match arguments.split_first() {
            Some((separator, rest)) if separator == "--" => rest,
            _ => arguments,
        };
        Self { arguments }
    }

    fn is_everything(&self) -> bool {
        self.arguments.is_empty()
    }

    fn names_packages(&self) -> bool {
        self.arguments.iter().any(|word| word.starts_with("-p") || word.starts_with("--package"))
    }
}

/// Builds the program and returns its path. A run of all packages builds all of them now, in one go: cargo would
/// otherwise resolve the features of the program's dependencies differently and compile many of them twice.
fn build(foreground: &Foreground, selection: &Selection<'_>) -> Result<PathBuf> {
    let scope: &[&str] =
        if selection.names_packages() { &["--package", PROGRAM] } else { &["--workspace", "--all-targets"] };
    let mut build = cargo(["build", "--message-format=json-render-diagnostics"]);
    let messages = foreground.capture(build.args(scope))?;
    for message in Message::parse_stream(Cursor::new(messages)) {
        if let Message::CompilerArtifact(artifact) = message?
            && artifact.target.is_bin()
            && artifact.target.name == PROGRAM
            && !artifact.profile.test
        {
            return artifact.executable.map(PathBuf::from).context("cargo built no executable");
        }
    }
    anyhow::bail!("cargo did not build `{PROGRAM}`")
}

/// nextest where it is installed, since it gives each test a process and a time limit; else cargo's own runner.
fn runner(selection: &Selection<'_>) -> Command {
    let mut command =
        if has_nextest() { cargo(["nextest", "run"]) } else { cargo(["test", "--all-targets"]) };
    if selection.is_everything() {
        command.arg("--no-fail-fast");
    }
    if !selection.names_packages() {
        command.arg("--workspace");
    }
    command.args(selection.arguments);
    command
}

fn has_nextest() -> bool {
    let mut question = cargo(["nextest", "--version"]);
    question.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    question.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::Selection;

    #[test]
    fn what_follows_the_separator_goes_to_the_runner() {
        let arguments = ["--", "-p", "windlass-sqlite", "claim"].map(String::from);
        let selection = Selection::of(&arguments);
        assert_eq!(selection.arguments, ["-p", "windlass-sqlite", "claim"]);
        assert!(selection.names_packages());
    }

    #[test]
    fn no_arguments_mean_everything() {
        assert!(Selection::of(&[]).is_everything());
        assert!(Selection::of(&["--".to_owned()]).is_everything());
    }

    #[test]
    fn a_filter_by_name_still_looks_into_every_package() {
        let arguments = ["lease".to_owned()];
        assert!(!Selection::of(&arguments).names_packages());
    }
}
