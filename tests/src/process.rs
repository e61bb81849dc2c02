use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::wait::until;

/// A process whose output goes into a file. Dropping it kills it and, in a failing test, prints that file.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
    /// How much of the log is of an earlier process of this name.
    earlier: usize,
}

impl Process {
    /// Starts `command`; its output goes to `NAME.log` in `folder`, behind what is there already.
    pub fn spawn(name: &str, command: &mut Command, folder: &Path) -> Result<Self> {
        let log = folder.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        let earlier = usize::try_from(file.metadata()?.len())?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        let child = command.spawn().with_context(|| format!("cannot run {command:?}"))?;
        Ok(Self { name: name.to_owned(), child, log, earlier })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end; a worker drains.
    pub fn terminate(&self) -> Result<()> {
        self.signal(Signal::SIGTERM)
    }

    /// Stops it in the middle of whatever it does, until it is [resumed](Self::resume).
    pub fn freeze(&self) -> Result<()> {
        self.signal(Signal::SIGSTOP)
    }

    /// Lets it go on.
    pub fn resume(&self) -> Result<()> {
        self.signal(Signal::SIGCONT)
    }

    /// Kills it at once and waits until it is gone.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// How it has ended, where it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits until it ends by itself.
    pub async fn exit(&mut self, limit: Duration) -> Result<ExitStatus> {
        let what = format!("the end of {}", self.name);
        until(&what, limit, async || self.ended()).await
    }

    /// Waits until its output has this text, and answers the whole output so far.
    pub async fn says(&mut self, text: &str, limit: Duration) -> Result<String> {
        let what = format!("{:?} in the output of {}", text, self.name);
        until(&what, limit, async || {
            // Asked first, so that the last words of a process that ends are not missed.
            let ended = self.ended()?;
            let output = self.output();
            match ended {
                _ if output.contains(text) => Ok(Some(output)),
                Some(status) => bail!("{} ended with {status} before it said {text:?}", self.name),
                None => Ok(None),
            }
        })
        .await
    }

    /// Everything that it has said so far.
    pub fn output(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(log.get(self.earlier..).unwrap_or_default()).into_owned()
    }

    fn signal(&self, signal: Signal) -> Result<()> {
        let pid = Pid::from_raw(i32::try_from(self.child.id())?);
        kill(pid, signal).with_context(|| format!("cannot send {signal} to {}", self.name))
    }
}

impl Drop for Process {
    #[expect(clippy::print_stderr, reason = "a failing test shows what its processes said")]
    fn drop(&mut self) {
        // It may have ended already, and its data goes with the test, so nothing is lost either way.
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
        if std::thread::panicking() {
            eprintln!("----- {} -----\n{}", self.name, self.output());
        }
    }
}
