//! A virtual environment with the Python packages that the tests run as counterparts.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::foreground::Foreground;
use crate::project;
use crate::terminal::timed;

const REQUIREMENTS: &str = "tests/python/requirements.txt";

/// The interpreter of an environment that holds exactly the required packages; made when there is none yet.
pub(crate) fn interpreter(foreground: &Foreground, python: &Path) -> Result<PathBuf> {
    let target = project::target_directory()?;
    fs::create_dir_all(&target)?;
    // Two suites may run on one target directory: the second waits until the first has made the environment.
    let lock = File::create(target.join("test-python.lock"))?;
    lock.lock().context("cannot lock the Python environment")?;

    let environment = Environment::at(target.join("test-python"))?;
    if !environment.is_complete() {
        timed("Python packages of the tests", || environment.create(foreground, python))?;
    }
    Ok(environment.interpreter())
}

struct Environment {
    folder: PathBuf,
    /// What the environment holds. It is written into it last, so that half an environment is never used.
    requirements: String,
}

impl Environment {
    fn at(folder: PathBuf) -> Result<Self> {
        let requirements = fs::read_to_string(requirements()).context(REQUIREMENTS)?;
        Ok(Self { folder, requirements })
    }

    fn interpreter(&self) -> PathBuf {
        self.folder.join("bin").join("python")
    }

    fn stamp(&self) -> PathBuf {
        self.folder.join("installed.txt")
    }

    fn is_complete(&self) -> bool {
        let installed = fs::read_to_string(self.stamp());
        installed.is_ok_and(|installed| installed == self.requirements) && self.interpreter().exists()
    }

    fn create(&self, foreground: &Foreground, python: &Path) -> Result<()> {
        foreground.run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&self.folder))?;
        let mut pip = Command::new(self.interpreter());
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
        foreground.run(pip.arg(requirements()))?;
        fs::write(self.stamp(), &self.requirements).context("cannot finish the Python environment")
    }
}

fn requirements() -> PathBuf {
    project::root().join(REQUIREMENTS)
}
