//! A private PostgreSQL server for the tests: on loopback, on a free port, gone when its owner is dropped.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use tempfile::TempDir;

use crate::foreground::{Foreground, isolated};
use crate::wait;

const START_LIMIT: Duration = Duration::from_secs(20);

/// A port that was free may be taken by another process before the server binds it, so a start is tried a few times.
const ATTEMPTS: u32 = 5;

const LOG: &str = "postgres.log";

/// Everything in it is gone when the tests are, so it writes as if there were no power failures. Tests that are about the
/// loss of a server start one of their own.
const SETTINGS: &[&str] = &[
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "max_connections=300",
];

/// A running server; dropping it ends it and removes its files.
pub(crate) struct Server {
    process: Child,
    files: TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    /// Starts a server without data, whose programs are in this folder, and waits until it answers.
    pub(crate) fn start(foreground: &Foreground, programs: &Path) -> Result<Self> {
        let owner = Owner::find()?;
        let mut attempt = 1;
        loop {
            let server = Self::spawn(foreground, programs, &owner)?;
            match server.wait_until_ready(foreground) {
                Ok(server) => return Ok(server),
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => foreground.check()?,
            }
            attempt += 1;
        }
    }

    /// Where clients connect; they may make databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://windlass@127.0.0.1:{}/postgres", self.port)
    }

    fn spawn(foreground: &Foreground, programs: &Path, owner: &Owner) -> Result<Self> {
        let files = tempfile::Builder::new().prefix("windlass-postgres-").tempdir()?;
        owner.give(files.path())?;
        let data = files.path().join("data");
        let mut initdb = owner.command(&programs.join("initdb"), files.path());
        initdb.args(["--username=windlass", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        foreground.capture(initdb.arg("--pgdata").arg(&data))?;

        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let log = fs::File::create(files.path().join(LOG))?;
        let mut postgres = owner.command(&programs.join("postgres"), files.path());
        postgres.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        for setting in SETTINGS {
            postgres.args(["-c", setting]);
        }
        postgres.stdout(log.try_clone()?).stderr(log);
        let process = isolated(&mut postgres).spawn().context("cannot run postgres")?;
        Ok(Self { process, files, programs: programs.to_owned(), port })
    }

    fn wait_until_ready(mut self, foreground: &Foreground) -> Result<Self> {
        let pg_isready = self.programs.join("pg_isready");
        let port = self.port.to_string();
        wait::until(foreground, "an answer of postgres", START_LIMIT, || {
            if let Some(status) = self.process.try_wait()? {
                bail!("postgres ended with {status}:\n{}", self.log());
            }
            let mut question = Command::new(&pg_isready);
            question.args(["--quiet", "--host=127.0.0.1", "--port", &port]).stdin(Stdio::null());
            Ok(question.status()?.success())
        })?;
        Ok(self)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.files.path().join(LOG)).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The quick end, which takes the processes of its connections with it. It may have ended by itself already.
        let ended = i32::try_from(self.process.id()).map(|id| kill(Pid::from_raw(id), Signal::SIGQUIT));
        if !matches!(ended, Ok(Ok(()))) {
            let _gone = self.process.kill();
        }
        let _reaped = self.process.wait();
    }
}

/// Who runs the server. It refuses to run as root, so root lets somebody else do it.
struct Owner(Option<User>);

impl Owner {
    fn find() -> Result<Self> {
        if !Uid::effective().is_root() {
            return Ok(Self(None));
        }
        for name in ["postgres", "nobody"] {
            if let Some(user) = User::from_name(name)? {
                return Ok(Self(Some(user)));
            }
        }
        bail!("PostgreSQL does not run as root, and there is neither a user `postgres` nor `nobody`")
    }

    fn give(&self, folder: &Path) -> Result<()> {
        if let Some(user) = &self.0 {
            chown(folder, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
        }
        Ok(())
    }

    /// A command of this user, in a folder that it may enter.
    fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        if let Some(user) = &self.0 {
            command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        command
    }
}
