//! `cargo xtask fuzz`: asks a running server what its OpenAPI document allows and what it does not, thousands of times, and
//! compares each answer with what the document says (schemathesis, `api/fuzz`).

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::foreground::{Foreground, isolated};
use crate::python::Environment;
use crate::terminal::{say, timed};
use crate::{project, provide, suite};

/// How many seconds the longest part takes where nobody says otherwise.
const USUAL: u32 = 100;
/// In the run of all checks.
const SHORT: u32 = 30;

const KEY: &str = "a-key-for-those-who-ask-anything";

/// A part of the run: what it is called, how much of the time it has, whether it shows the key, and what it leaves out or
/// keeps to.
struct Part {
    name: &'static str,
    share: u32,
    with_key: bool,
    operations: &'static [&'static str],
}

/// A queue that drains refuses jobs with 503, as it should, and would hide all others: draining is asked for by itself.
const PARTS: [Part; 3] = [
    Part {
        name: "with the operator's key",
        share: 1,
        with_key: true,
        operations: &["--exclude-operation-id", "drain_queue"],
    },
    Part { name: "without a key", share: 4, with_key: false, operations: &[] },
    Part {
        name: "draining",
        share: 10,
        with_key: true,
        operations: &["--include-operation-id", "drain_queue", "--include-operation-id", "undrain_queue"],
    },
];

/// Runs every part, the longest one for so many seconds, against the program of the suite or another one.
pub(crate) fn run(foreground: &Foreground, arguments: &[String]) -> Result<()> {
    let seconds = match arguments.first() {
        None => USUAL,
        Some(seconds) => {
            seconds.parse().ok().filter(|seconds| *seconds > 0).context("give a number of seconds")?
        }
    };
    match arguments {
        [] | [_] => fuzz(foreground, seconds, &suite::program(foreground)?),
        [_, program] => {
            let program =
                fs::canonicalize(program).with_context(|| format!("there is no program {program}"))?;
            fuzz(foreground, seconds, &program)
        }
        [_, _, ..] => bail!("give the number of seconds and the program to ask, or nothing"),
    }
}

/// As long as it may take among all other checks.
pub(crate) fn short(foreground: &Foreground) -> Result<()> {
    fuzz(foreground, SHORT, &suite::program(foreground)?)
}

fn fuzz(foreground: &Foreground, seconds: u32, windlass: &Path) -> Result<()> {
    let python = provide::python_of_the_clients(foreground)?;
    let tools = Environment::ready(foreground, &python, "fuzz-python", "api/fuzz/requirements.txt")?;
    for part in PARTS {
        let mut server = Server::start(windlass)?;
        let mut asking = server.asked_by(&tools.interpreter(), &part, (seconds / part.share).max(5));
        let outcome = timed(&format!("fuzz: {}", part.name), || foreground.run(&mut asking));
        server.judge(outcome)?;
    }
    Ok(())
}

/// A server of a fresh installation; dropping it kills the process and removes its files.
struct Server {
    process: Child,
    files: TempDir,
    url: String,
}

impl Server {
    fn start(windlass: &Path) -> Result<Self> {
        let files = tempfile::Builder::new().prefix("windlass-fuzz-").tempdir()?;
        let log = File::create(files.path().join("log"))?;
        let mut command = Command::new(windlass);
        command.args(["dev", "--listen", "127.0.0.1:0", "--data-dir"]).arg(files.path().join("data"));
        command.env("WINDLASS_API_KEY", KEY).env("WINDLASS_LOG", "warn").current_dir(files.path());
        command.stdout(Stdio::piped()).stderr(log);
        let mut process = isolated(&mut command).spawn().context("cannot run the program of the suite")?;
        let banner = BufReader::new(process.stdout.take().context("the program has no output")?);
        let mut server = Self { process, files, url: String::new() };
        for line in banner.lines() {
            if let Some(url) = line?.split_whitespace().find(|word| word.starts_with("http://")) {
                url.clone_into(&mut server.url);
                return Ok(server);
            }
        }
        bail!("the server ended before it listened:\n{}", server.log())
    }

    fn asked_by(&self, python: &Path, part: &Part, seconds: u32) -> Command {
        let mut command = Command::new(python);
        command.args(["-m", "schemathesis.cli", "--config-file"]);
        command.arg(project::root().join("api/fuzz/schemathesis.toml"));
        command.arg("run").arg(format!("{}/openapi.json", self.url)).arg("--max-time");
        command.arg(seconds.to_string()).args(part.operations).current_dir(self.files.path());
        if part.with_key {
            command.arg("--header").arg(format!("Authorization: Bearer {KEY}"));
        }
        command
    }

    /// A server that is gone or that panicked has failed, whatever it answered.
    fn judge(&mut self, outcome: Result<()>) -> Result<()> {
        let (ended, log) = (self.process.try_wait()?, self.log());
        if outcome.is_err() || ended.is_some() || log.contains("panicked") {
            say(&format!("the server's log:\n{log}"));
        }
        outcome?;
        match ended {
            Some(status) => bail!("the server ended with {status}"),
            None if log.contains("panicked") => bail!("a request ended in a panic"),
            None => Ok(()),
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.files.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its data goes with it, so there is no reason to let it finish.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}
