//! Finds the programs that the tests need, and installs the missing ones where it may.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::debian;
use crate::environment::{program, programs, variable};
use crate::foreground::Foreground;
use crate::terminal::say;

/// Redis 7.0 brought what the engine's scripts rely on.
const OLDEST_REDIS: u32 = 7;

/// The programs that tests start.
pub(crate) struct Programs {
    pub(crate) redis_server: PathBuf,
    pub(crate) python: PathBuf,
}

/// Something that must be on this machine.
struct Need {
    what: &'static str,
    debian: &'static [&'static str],
    find: fn() -> Option<PathBuf>,
}

const REDIS: Need = Need {
    what: "redis-server or valkey-server, 7.0 or newer",
    debian: &["redis-server"],
    find: redis_server,
};

const PYTHON: Need = Need {
    what: "python3, 3.9 or newer, with venv and pip",
    debian: &["python3", "python3-venv"],
    find: python,
};

/// All programs, after an attempt to install what is missing.
pub(crate) fn programs_of_the_tests(foreground: &Foreground) -> Result<Programs> {
    let missing: Vec<&Need> = [&REDIS, &PYTHON].into_iter().filter(|need| (need.find)().is_none()).collect();
    if !missing.is_empty() {
        install(foreground, &missing)?;
    }
    Ok(Programs { redis_server: REDIS.get()?, python: PYTHON.get()? })
}

impl Need {
    fn get(&self) -> Result<PathBuf> {
        match (self.find)() {
            Some(program) => Ok(program),
            None => bail!("the tests need {}, and no such program is on the PATH", self.what),
        }
    }
}

fn install(foreground: &Foreground, missing: &[&Need]) -> Result<()> {
    let packages: Vec<&str> = missing.iter().flat_map(|need| need.debian).copied().collect();
    let Some(installer) = debian::Installer::find() else {
        bail!(advice(missing, &packages));
    };
    say(&format!("installing {} from the system's packages", packages.join(", ")));
    installer.install(foreground, &packages)
}

fn advice(missing: &[&Need], packages: &[&str]) -> String {
    let wants: Vec<String> = missing.iter().map(|need| format!("  - {}", need.what)).collect();
    format!(
        "the tests need what is not on this machine:\n{}\nInstall it, on Debian and Ubuntu by\n  sudo apt-get install -y {}\n\
         or on macOS by\n  brew install redis python3\nand run `cargo xtask test` again.",
        wants.join("\n"),
        packages.join(" "),
    )
}

fn redis_server() -> Option<PathBuf> {
    if let Some(chosen) = variable("WINDLASS_TEST_REDIS_SERVER") {
        return Some(chosen.into());
    }
    let known = ["redis-server", "valkey-server"];
    known.into_iter().filter_map(program).find(|server| redis_major(server) >= Some(OLDEST_REDIS))
}

/// Reads the major version out of a line such as `Redis server v=7.0.15 sha=…`.
fn redis_major(server: &Path) -> Option<u32> {
    let output = Command::new(server).arg("--version").output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    let version = line.split_whitespace().find_map(|word| word.strip_prefix("v="))?;
    version.split('.').next()?.parse().ok()
}

fn python() -> Option<PathBuf> {
    const SUITABLE: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))";
    programs("python3").into_iter().find(|python| {
        let mut question = Command::new(python);
        question.args(["-c", SUITABLE]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        question.status().is_ok_and(|status| status.success())
    })
}
