use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::environment;

const SCRIPT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../integrations/email/tests/server/smtp_server.py");
const PATIENCE: Duration = Duration::from_secs(20);

/// An SMTP server that others wrote, and that reports what it takes.
#[derive(Debug)]
pub struct SmtpServer {
    #[expect(dead_code, reason = "killed when it is dropped")]
    process: Child,
    #[expect(dead_code, reason = "the server ends when its input does")]
    input: ChildStdin,
    reports: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl SmtpServer {
    /// Starts a server on a free port of loopback.
    pub async fn start() -> Result<Self> {
        let mut command = Command::new(environment::python()?);
        command.args(["-W", "ignore", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.kill_on_drop(true).spawn()?;
        let input = process.stdin.take().context("the SMTP server has no input")?;
        let output = process.stdout.take().context("the SMTP server has no output")?;
        let mut server = Self { process, input, reports: BufReader::new(output).lines(), port: 0 };
        let port = server.report().await?["port"].as_u64().context("the SMTP server told no port")?;
        server.port = u16::try_from(port)?;
        Ok(server)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next message that arrives: its envelope, headers and parts.
    pub async fn report(&mut self) -> Result<Value> {
        let line = timeout(PATIENCE, self.reports.next_line()).await.context("no mail arrived in time")??;
        let line = line.context("the SMTP server ended; does the Python have aiosmtpd?")?;
        Ok(serde_json::from_str(&line)?)
    }
}
