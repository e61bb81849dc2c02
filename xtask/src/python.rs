//! Virtual environments with the Python packages that the tests need.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::foreground::Foreground;
use crate::project;
use crate::terminal::timed;

/// An environment that holds exactly the required packages. It is nobody else's as long as this lives.
pub(crate) struct Environment {
    folder: PathBuf,
    file: &'static str,
    /// What the environment holds. It is written into it last, so that half an environment is never used.
    requirements: String,
    _lock: File,
}

/// The interpreter of the environment with the counterparts that tests run.
pub(crate) fn interpreter(foreground: &Foreground, python: &Path) -> Result<PathBuf> {
    let file = "tests/python/requirements.txt";
    Environment::ready(foreground, python, "test-python", file).map(|environment| environment.interpreter())
}

/// The interpreter of the environment with the S3 that tests talk to. It is apart from the others, because it brings many
/// packages along.
pub(crate) fn s3_interpreter(foreground: &Foreground, python: &Path) -> Result<PathBuf> {
    let file = "tests/python/s3.txt";
    Environment::ready(foreground, python, "test-s3", file).map(|environment| environment.interpreter())
}

impl Environment {
    /// The environment of this name in the target directory, made by `python` when there is none yet that holds what the file
    /// of requirements names.
    pub(crate) fn ready(
        foreground: &Foreground,
        python: &Path,
        name: &str,
        file: &'static str,
    ) -> Result<Self> {
        let target = project::target_directory()?;
        fs::create_dir_all(&target)?;
        // Two suites may run on one target directory: the second waits until the first has made the environment.
        let lock = File::create(target.join(format!("{name}.lock")))?;
        lock.lock().context("cannot lock the Python environment")?;

        let requirements = fs::read_to_string(project::root().join(file)).context(file)?;
        let environment = Self { folder: target.join(name), file, requirements, _lock: lock };
        if !environment.is_complete() {
            timed(&format!("Python packages of {file}"), || environment.create(foreground, python))?;
        }
        Ok(environment)
    }

    pub(crate) fn interpreter(&self) -> PathBuf {
        self.folder.join("bin").join("python")
    }

    /// A pip of the environment with these arguments.
    pub(crate) fn pip<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut pip = Command::new(self.interpreter());
        pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]).args(arguments);
        pip
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
        let mut pip = self.pip(["install", "--requirement"]);
        foreground.run(pip.arg(project::root().join(self.file)))?;
        fs::write(self.stamp(), &self.requirements).context("cannot finish the Python environment")
    }
}
