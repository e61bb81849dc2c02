//! The clients in other languages (`clients`): built and installed as their users do it, checked, and tested against a server
//! that runs. The one in Rust is a crate of the workspace, and its tests are among the suite's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::foreground::Foreground;
use crate::python::Environment;
use crate::terminal::timed;
use crate::{project, provide, suite};

/// Runs everything that there is for each client, against the program of the suite or another one.
pub(crate) fn test(foreground: &Foreground, arguments: &[String]) -> Result<()> {
    let python = provide::python_of_the_clients(foreground)?;
    let windlass = match arguments {
        [] => suite::program(foreground)?,
        [program] => fs::canonicalize(program).with_context(|| format!("there is no program {program}"))?,
        [_, ..] => bail!("give the one program to test against, or none"),
    };
    PythonClient::ready(foreground, &python)?.test(foreground, &windlass)
}

/// The Python package, in an environment of its own.
struct PythonClient {
    folder: PathBuf,
    environment: Environment,
}

impl PythonClient {
    fn ready(foreground: &Foreground, python: &Path) -> Result<Self> {
        let file = "clients/python/requirements-test.txt";
        let environment = Environment::ready(foreground, python, "client-python", file)?;
        Ok(Self { folder: project::root().join("clients/python"), environment })
    }

    fn test(&self, foreground: &Foreground, windlass: &Path) -> Result<()> {
        timed("Python client: wheel", || foreground.run(&mut self.install()))?;
        timed("Python client: types and style", || {
            let cache = project::target_directory()?.join("client-python-types");
            foreground.run(self.module(["mypy", "src", "tests"]).arg("--cache-dir").arg(cache))?;
            foreground.run(&mut self.module(["ruff", "check", "--quiet", "--no-cache"]))?;
            foreground.run(&mut self.module(["ruff", "format", "--quiet", "--no-cache", "--check"]))
        })?;
        timed("Python client: tests", || {
            let mut tests = self.module(["pytest", "-p", "no:cacheprovider"]);
            foreground.run(tests.env("WINDLASS_BINARY", windlass)).context("clients/python/tests")
        })
    }

    /// Builds the wheel and installs it. What it depends on is there already, and so is what builds it.
    fn install(&self) -> Command {
        let mut pip = self.environment.pip(["install", "--no-deps", "--no-build-isolation"]);
        pip.arg("--force-reinstall").arg(&self.folder);
        pip
    }

    /// A module of the environment, run in the package's folder, where it leaves nothing behind.
    fn module<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(self.environment.interpreter());
        command.arg("-m").args(arguments).current_dir(&self.folder).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}
