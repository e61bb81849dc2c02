use std::net::Ipv4Addr;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use nix::unistd::{Uid, User};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::process::Process;
use crate::wait::until;
use crate::{environment, port};

const PATIENCE: Duration = Duration::from_secs(30);

/// A port that was free may be taken before the server binds it, so a first start is tried a few times.
const ATTEMPTS: u32 = 5;

/// A PostgreSQL server on loopback that a test may kill and start again. It syncs what it commits, as in production, so a
/// kill takes nothing back. Dropping the server kills it and removes the data.
#[derive(Debug)]
pub struct PostgresServer {
    folder: TempDir,
    port: u16,
    process: Option<Process>,
    /// Who runs it, when that cannot be us: it refuses to run as root.
    owner: Option<User>,
}

impl PostgresServer {
    /// Starts a server with one empty database and waits until it answers.
    pub async fn start() -> Result<Self> {
        let owner = owner()?;
        let mut attempt = 1;
        loop {
            let folder = tempfile::Builder::new().prefix("windlass-postgres-").tempdir()?;
            let mut server = Self { folder, port: port::free()?, process: None, owner: owner.clone() };
            server.make_data()?;
            match server.start_again().await {
                Ok(()) => return Ok(server),
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => attempt += 1,
            }
        }
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("postgres://windlass@127.0.0.1:{}/postgres", self.port)
    }

    /// The port on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Kills the server: whoever connects is refused from now on, and what it was asked has no answer.
    pub fn kill(&mut self) -> Result<()> {
        self.process.take().context("the PostgreSQL server does not run")?.kill()
    }

    /// Stops the server's first process in the middle of whatever it does: nobody new is let in. Who is in goes on.
    pub fn freeze(&self) -> Result<()> {
        self.process.as_ref().context("the PostgreSQL server does not run")?.freeze()
    }

    /// Lets the server go on.
    pub fn resume(&self) -> Result<()> {
        self.process.as_ref().context("the PostgreSQL server does not run")?.resume()
    }

    /// Starts the server again, on the same port and with its data.
    pub async fn start_again(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "the PostgreSQL server runs already");
        // The processes of connections outlive a killed server for a moment, and until they are gone none starts.
        let process = until("an answer of postgres", PATIENCE, async || self.attempt().await).await?;
        self.process = Some(process);
        Ok(())
    }

    /// A server that answers; `None` when it has ended instead, as it does while remains of an earlier one are there.
    async fn attempt(&self) -> Result<Option<Process>> {
        let mut command = self.command("postgres")?;
        command.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        command.args(["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="]);
        let mut process = Process::spawn("postgres", &mut command, self.folder.path())?;
        until("an answer of postgres", PATIENCE, async || match process.ended()? {
            Some(_) => Ok(Some(false)),
            None => Ok(answers(self.port).await.then_some(true)),
        })
        .await
        .map(|answers| answers.then_some(process))
    }

    fn make_data(&self) -> Result<()> {
        if let Some(owner) = &self.owner {
            chown(self.folder.path(), Some(owner.uid.as_raw()), Some(owner.gid.as_raw()))?;
        }
        let mut initdb = self.command("initdb")?;
        initdb.args(["--username=windlass", "--auth=trust", "--encoding=UTF8", "--locale=C"]);
        let output = initdb.arg("--pgdata").arg(self.data()).output()?;
        ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Result<Command> {
        let mut command = Command::new(environment::postgres_programs()?.join(program));
        command.current_dir(self.folder.path());
        if let Some(owner) = &self.owner {
            command.uid(owner.uid.as_raw()).gid(owner.gid.as_raw());
        }
        Ok(command)
    }
}

fn owner() -> Result<Option<User>> {
    if !Uid::effective().is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(user));
        }
    }
    bail!("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")
}

/// Whether the server lets somebody in; while it recovers it only says that it does.
async fn answers(port: u16) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        // A start-up message of protocol 3.0: its length, the version, pairs of texts, the end.
        let pairs = b"user\0windlass\0database\0postgres\0\0";
        let length = u32::try_from(8 + pairs.len()).unwrap_or_default();
        let message = [&length.to_be_bytes()[..], &196_608_u32.to_be_bytes(), pairs].concat();
        stream.write_all(&message).await?;
        std::io::Result::Ok(stream.read_u8().await? == b'R')
    };
    matches!(timeout(Duration::from_secs(1), asked).await, Ok(Ok(true)))
}
