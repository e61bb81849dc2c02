use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;
use windlass_client::{Client, ClientBuilder, Job, Retries};

/// What the development server says before the address.
const INTRODUCTION: &str = "API      ";

/// API and worker in one process, with a data directory of their own. Dropping it ends them.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) key: String,
    _output: BufReader<ChildStdout>,
    _process: Child,
    _folder: TempDir,
}

/// A job that takes its time, and may fail at the end of it.
#[derive(Debug, Default, serde::Serialize)]
pub(crate) struct Sleep {
    pub(crate) ms: u64,
    pub(crate) fail_rate: f64,
}

impl Job for Sleep {
    const KIND: &'static str = "diagnostic.sleep";
    type Output = Value;
}

/// A job that does nothing.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Noop {}

impl Job for Noop {
    const KIND: &'static str = "diagnostic.noop";
    type Output = ();
}

impl Server {
    pub(crate) async fn start() -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("windlass-client-").tempdir()?;
        let data = folder.path().join("data");
        let mut command = Command::new(program()?);
        command.env_clear().current_dir(folder.path()).kill_on_drop(true);
        command.args(["dev", "--diagnostics", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&data);
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().context("cannot run windlass")?;
        let mut output = BufReader::new(process.stdout.take().context("windlass has no output")?);
        let url =
            timeout(Duration::from_secs(30), address(&mut output)).await.context("no address came")??;
        let key = std::fs::read_to_string(data.join("api-key"))?.trim().to_owned();
        Ok(Self { url, key, _output: output, _process: process, _folder: folder })
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url, self.key.as_str()).unwrap()
    }

    /// The start of a client that reaches the server at another address, and does not wait long.
    pub(crate) fn hasty_client(&self, url: &str) -> ClientBuilder {
        let retries = Retries { first: Duration::from_millis(10), ..Retries::default() };
        Client::builder(url, self.key.as_str()).retries(retries)
    }
}

async fn address(output: &mut BufReader<ChildStdout>) -> Result<String> {
    let mut line = String::new();
    loop {
        line.clear();
        anyhow::ensure!(output.read_line(&mut line).await? > 0, "windlass ended before it said its address");
        if let Some((_, address)) = line.split_once(INTRODUCTION) {
            return Ok(address.trim().to_owned());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is where the tests learn which program is under test")]
fn program() -> Result<String> {
    std::env::var("WINDLASS_TEST_BIN").context("WINDLASS_TEST_BIN is not set: run `cargo xtask test`")
}
