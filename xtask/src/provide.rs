//! Finds the programs that the tests need, and installs the missing ones where it may.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::debian;
use crate::environment::{program, programs, variable};
use crate::foreground::Foreground;
use crate::terminal::say;

/// Redis 7.0 brought what the engine's scripts rely on.
const OLDEST_REDIS: u32 = 7;

/// PostgreSQL 13 can remove a database that somebody is still connected to, which ends a test for certain.
const OLDEST_POSTGRES: u32 = 13;

/// The programs that tests start.
pub(crate) struct Programs {
    pub(crate) redis_server: PathBuf,
    /// The folder of PostgreSQL's programs.
    pub(crate) postgres: PathBuf,
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

const POSTGRES: Need =
    Need { what: "PostgreSQL's server, 13 or newer", debian: &["postgresql"], find: postgres };

const PYTHON: Need = Need {
    what: "python3, 3.9 or newer, with venv and pip",
    debian: &["python3", "python3-venv"],
    find: python,
};

/// All programs, after an attempt to install what is missing.
pub(crate) fn programs_of_the_tests(foreground: &Foreground) -> Result<Programs> {
    ensure(foreground, &[&REDIS, &POSTGRES, &PYTHON])?;
    Ok(Programs { redis_server: REDIS.get()?, postgres: POSTGRES.get()?, python: PYTHON.get()? })
}

/// The Python that the clients are tested with, after an attempt to install it where it is missing.
pub(crate) fn python_of_the_clients(foreground: &Foreground) -> Result<PathBuf> {
    ensure(foreground, &[&PYTHON])?;
    PYTHON.get()
}

fn ensure(foreground: &Foreground, needs: &[&Need]) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().copied().filter(|need| (need.find)().is_none()).collect();
    if missing.is_empty() { Ok(()) } else { install(foreground, &missing) }
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
         or on macOS by\n  brew install redis postgresql python3\nand run `cargo xtask test` again.",
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

/// The folder of the newest server that is installed. Debian keeps one folder a version, off the search path.
fn postgres() -> Option<PathBuf> {
    if let Some(chosen) = variable("WINDLASS_TEST_POSTGRES_BIN") {
        return Some(chosen.into());
    }
    let on_path = programs("initdb").into_iter().filter_map(|program| Some(program.parent()?.to_owned()));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = on_path.chain(versions.map(|version| version.path().join("bin")));
    let suitable = folders.filter_map(|folder| Some((postgres_major(&folder)?, folder)));
    suitable
        .filter(|(major, _)| *major >= OLDEST_POSTGRES)
        .max_by_key(|(major, _)| *major)
        .map(|(_, folder)| folder)
}

/// Reads the major version out of a line such as `postgres (PostgreSQL) 15.18 (Debian …)`, where there is a server.
fn postgres_major(folder: &Path) -> Option<u32> {
    if !folder.join("initdb").is_file() {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    let line = String::from_utf8(output.stdout).ok()?;
    line.split_whitespace().nth(2)?.split('.').next()?.parse().ok()
}

fn python() -> Option<PathBuf> {
    const SUITABLE: &str = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 9))";
    programs("python3").into_iter().find(|python| {
        let mut question = Command::new(python);
        question.args(["-c", SUITABLE]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        question.status().is_ok_and(|status| status.success())
    })
}
