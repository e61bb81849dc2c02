//! Somebody else's S3 for the tests: moto's server, on loopback, gone when its owner is dropped.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::foreground::{Foreground, isolated};
use crate::wait;

const START_LIMIT: Duration = Duration::from_secs(30);

/// A port that was free may be taken by another process before the server binds it, so a start is tried a few times.
const ATTEMPTS: u32 = 5;

/// A running server, which keeps everything in memory; dropping it kills the process.
pub(crate) struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// Starts a server with a Python that has it, and waits until it takes connections.
    pub(crate) fn start(foreground: &Foreground, python: &Path) -> Result<Self> {
        let mut attempt = 1;
        loop {
            match Self::spawn(python)?.wait_until_ready(foreground) {
                Ok(server) => return Ok(server),
                Err(error) if attempt == ATTEMPTS => return Err(error),
                Err(_) => foreground.check()?,
            }
            attempt += 1;
        }
    }

    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn spawn(python: &Path) -> Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let mut command = Command::new(python);
        command.args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()]);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let process = isolated(&mut command).spawn().context("cannot run moto's server")?;
        Ok(Self { process, port })
    }

    fn wait_until_ready(mut self, foreground: &Foreground) -> Result<Self> {
        wait::until(foreground, "an answer of moto's server", START_LIMIT, || {
            if let Some(status) = self.process.try_wait()? {
                bail!("moto's server ended with {status}");
            }
            Ok(TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok())
        })?;
        Ok(self)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It keeps nothing, and one that has ended already is fine.
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}
