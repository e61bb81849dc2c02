use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::process::Process;
use crate::slow_log::{self, SlowCommand};
use crate::wait::until;
use crate::{environment, port};

const PATIENCE: Duration = Duration::from_secs(10);

/// A port that was free may be taken before the server binds it, so a first start is tried a few times.
const ATTEMPTS: u32 = 5;

/// A Redis server on loopback that a test may stop and start. It has an append-only file and syncs it every second, so a
/// kill may take back up to about two seconds, as the guarantees say: while the disk is slow to sync, Redis answers before
/// it has written. A disk that keeps up loses nothing by a kill; what a rollback takes back is up to the test. Dropping
/// the server kills it and removes the data.
#[derive(Debug)]
pub struct RedisServer {
    folder: TempDir,
    port: u16,
    process: Option<Process>,
    options: Vec<String>,
}

/// A moment in the life of a server's data.
#[derive(Debug)]
pub struct Moment(u64);

impl RedisServer {
    /// Starts a server without data and waits until it answers.
    pub async fn start() -> Result<Self> {
        Self::start_with(&[]).await
    }

    /// The same with more options, as on the command line of redis-server.
    pub async fn start_with(options: &[String]) -> Result<Self> {
        let mut attempt = 1;
        loop {
            let folder = tempfile::Builder::new().prefix("windlass-redis-").tempdir()?;
            let mut server = Self { folder, port: port::free()?, process: None, options: options.to_vec() };
            match server.start_again().await {
                Ok(()) => return Ok(server),
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => attempt += 1,
            }
        }
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills the server: whoever connects is refused from now on.
    pub fn kill(&mut self) -> Result<()> {
        self.process.take().context("the Redis server does not run")?.kill()
    }

    /// A moment to [roll back](Self::roll_back) to.
    pub fn moment(&self) -> Result<Moment> {
        Ok(Moment(fs::metadata(self.log_of_commands())?.len()))
    }

    /// Takes back what the killed server has acknowledged since `moment`, as a power failure does that comes
    /// before the disk has everything.
    pub fn roll_back(&mut self, moment: &Moment) -> Result<()> {
        ensure!(self.process.is_none(), "a server that runs cannot be rolled back");
        Ok(File::options().write(true).open(self.log_of_commands())?.set_len(moment.0)?)
    }

    /// Stops the server in the middle of whatever it does: whoever asks waits. [`resume`](Self::resume) lets it go on.
    pub fn freeze(&self) -> Result<()> {
        self.process.as_ref().context("the Redis server does not run")?.freeze()
    }

    /// Lets the server go on.
    pub fn resume(&self) -> Result<()> {
        self.process.as_ref().context("the Redis server does not run")?.resume()
    }

    /// Starts the server again, on the same port and with its data.
    pub async fn start_again(&mut self) -> Result<()> {
        let mut process = Process::spawn("redis-server", &mut self.command()?, self.folder.path())?;
        until("an answer of redis-server", PATIENCE, async || {
            if let Some(status) = process.ended()? {
                bail!("redis-server ended with {status}: {}", process.output());
            }
            Ok(answers(self.port).await.then_some(()))
        })
        .await?;
        self.process = Some(process);
        Ok(())
    }

    /// Gives the server at most this much memory; it refuses what would need more. Zero is no limit.
    pub async fn limit_memory(&self, bytes: u64) -> Result<()> {
        let command = format!("CONFIG SET maxmemory {bytes}\r\n");
        ensure!(says(self.port, &command, b"+OK\r\n").await, "the memory of redis-server cannot be limited");
        Ok(())
    }

    /// Has the server forget all functions that programs have loaded.
    pub async fn forget_functions(&self) -> Result<()> {
        ensure!(
            says(self.port, "FUNCTION FLUSH\r\n", b"+OK\r\n").await,
            "redis-server does not forget its functions"
        );
        Ok(())
    }

    /// Notes commands that take this many microseconds or more, from now on.
    pub async fn watch_slow_commands(&self, micros: u64) -> Result<()> {
        let command = format!("CONFIG SET slowlog-log-slower-than {micros} slowlog-max-len 10000\r\n");
        let is_set = says(self.port, &command, b"+OK\r\n").await
            && says(self.port, "SLOWLOG RESET\r\n", b"+OK\r\n").await;
        ensure!(is_set, "the slow log of redis-server cannot be set");
        Ok(())
    }

    /// The commands that were noted as slow.
    pub async fn slow_commands(&self) -> Result<Vec<SlowCommand>> {
        slow_log::read(self.port).await
    }

    fn log_of_commands(&self) -> PathBuf {
        self.folder.path().join("appendonlydir/appendonly.aof.1.incr.aof")
    }

    fn command(&self) -> Result<Command> {
        let mut command = Command::new(environment::redis_server()?);
        command.current_dir(self.folder.path()).args(["--port", &self.port.to_string()]);
        command.args([
            "--bind",
            "127.0.0.1",
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--save",
            "",
        ]);
        command.args(&self.options);
        Ok(command)
    }
}

/// Whether the server takes commands; while it loads its data it only says so.
async fn answers(port: u16) -> bool {
    says(port, "PING\r\n", b"+PONG\r\n").await
}

async fn says(port: u16, command: &str, expected: &[u8]) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        stream.write_all(command.as_bytes()).await?;
        let mut answer = vec![0; expected.len()];
        stream.read_exact(&mut answer).await?;
        std::io::Result::Ok(answer == expected)
    };
    matches!(timeout(Duration::from_secs(1), asked).await, Ok(Ok(true)))
}
