//! One Redis server: on loopback, on a free port, with its files in a temporary directory.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use super::wire;
use crate::foreground::{Foreground, isolated};
use crate::wait;

const START_LIMIT: Duration = Duration::from_secs(10);

/// A port that was free may be taken by another process before the server binds it, so a start is tried a few times.
const ATTEMPTS: u32 = 5;

const LOG: &str = "redis.log";

/// Durability as we advise it in production. `DEBUG` is allowed because tests use it to hold a server still.
const SETTINGS: &[&str] = &[
    "bind 127.0.0.1",
    "daemonize no",
    "appendonly yes",
    "appendfsync everysec",
    "save \"\"",
    "enable-debug-command local",
];

/// What a server is for.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    Single,
    ClusterNode,
}

/// A running server; dropping it kills the process and removes its files.
pub(crate) struct Server {
    process: Child,
    files: TempDir,
    ports: Ports,
}

#[derive(Clone, Copy)]
struct Ports {
    clients: u16,
    bus: u16,
}

impl Server {
    /// Starts a server and waits until it answers.
    pub(crate) fn start(foreground: &Foreground, program: &Path, role: Role) -> Result<Self> {
        let mut attempt = 1;
        loop {
            let server = Self::spawn(program, role, Ports::free()?)?;
            match server.wait_until_ready(foreground) {
                Ok(server) => return Ok(server),
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => foreground.check()?,
            }
            attempt += 1;
        }
    }

    /// Starts a server that stands alone.
    pub(crate) fn single(foreground: &Foreground, program: &Path) -> Result<Self> {
        Self::start(foreground, program, Role::Single)
    }

    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port())
    }

    pub(super) fn port(&self) -> u16 {
        self.ports.clients
    }

    pub(super) fn bus_port(&self) -> u16 {
        self.ports.bus
    }

    /// Sends one command and returns its answer.
    pub(super) fn ask(&self, command: &str) -> Result<String> {
        wire::ask(self.port(), command)
    }

    fn spawn(program: &Path, role: Role, ports: Ports) -> Result<Self> {
        let files = tempfile::Builder::new().prefix("windlass-redis-").tempdir()?;
        let configuration = files.path().join("redis.conf");
        fs::write(&configuration, configuration_text(files.path(), role, ports))?;
        let mut command = Command::new(program);
        command.arg(&configuration).stdout(Stdio::null()).stderr(Stdio::null());
        let process =
            isolated(&mut command).spawn().with_context(|| format!("cannot run {}", program.display()))?;
        Ok(Self { process, files, ports })
    }

    fn wait_until_ready(mut self, foreground: &Foreground) -> Result<Self> {
        let port = self.port();
        wait::until(foreground, "an answer of redis-server", START_LIMIT, || {
            if let Some(status) = self.process.try_wait()? {
                bail!("redis-server ended with {status}:\n{}", self.log());
            }
            Ok(wire::ask(port, "PING").is_ok_and(|answer| answer == "PONG"))
        })?;
        Ok(self)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.files.path().join(LOG)).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its data goes with it, so there is no reason to let it finish; and a server that is gone already is fine.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}

impl Ports {
    /// Two ports that nobody listens on at this moment.
    fn free() -> Result<Self> {
        let clients = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let bus = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        Ok(Self { clients: clients.local_addr()?.port(), bus: bus.local_addr()?.port() })
    }
}

fn configuration_text(files: &Path, role: Role, ports: Ports) -> String {
    let mut lines: Vec<String> = SETTINGS.iter().copied().map(String::from).collect();
    lines.push(format!("port {}", ports.clients));
    lines.push(format!("dir {:?}", files.display().to_string()));
    lines.push(format!("logfile {LOG}"));
    if let Role::ClusterNode = role {
        lines.push("cluster-enabled yes".into());
        lines.push(format!("cluster-port {}", ports.bus));
        lines.push("cluster-node-timeout 2000".into());
    }
    lines.join("\n") + "\n"
}
