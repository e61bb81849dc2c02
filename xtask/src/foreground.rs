//! Runs commands so that a signal to xtask ends them first and xtask's own clean-up still happens.
//!
//! Each command gets a process group of its own. A terminal's Ctrl-C then reaches xtask alone, which passes it on to the
//! whole group, waits for the command to end, and returns an error on which everything that was started is dropped. A
//! second signal does not wait any longer: it kills the group.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// The error of everything that a signal cut short.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl std::fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// The commands of this process, at most one at a time, and whether a signal has asked for the end.
pub(crate) struct Foreground {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    interrupted: AtomicBool,
    group: Mutex<Option<Pid>>,
}

impl Foreground {
    /// Takes over the signals that ask a process to end.
    pub(crate) fn install() -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen to signals")?;
        let listener = Arc::clone(&shared);
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            for number in signals.forever() {
                listener.interrupt(number);
            }
        })?;
        Ok(Self { shared })
    }

    /// Runs a command to its end, its output going where ours goes.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        let mut child = self.spawn(command)?;
        let status = child.wait();
        self.finish(command, status?.success())
    }

    /// Runs a command to its end and returns its standard output.
    pub(crate) fn capture(&self, command: &mut Command) -> Result<Vec<u8>> {
        let child = self.spawn(command.stdout(Stdio::piped()))?;
        let Output { status, stdout, .. } = child.wait_with_output()?;
        self.finish(command, status.success())?;
        Ok(stdout)
    }

    /// Fails when a signal has asked for the end.
    pub(crate) fn check(&self) -> Result<()> {
        if self.shared.interrupted.load(Ordering::SeqCst) {
            return Err(Interrupted.into());
        }
        Ok(())
    }

    /// Starts the command under the lock, so that a signal either prevents it or finds its group.
    fn spawn(&self, command: &mut Command) -> Result<Child> {
        let mut group = self.shared.group();
        self.check()?;
        let child = isolated(command).spawn().with_context(|| format!("cannot run {command:?}"))?;
        *group = Some(group_of(&child)?);
        Ok(child)
    }

    fn finish(&self, command: &Command, success: bool) -> Result<()> {
        let group = self.shared.group().take();
        if let (Err(interrupted), Some(group)) = (self.check(), group) {
            // What the command left behind, such as a shell's background job, has had its chance to end.
            let _gone = killpg(group, Signal::SIGKILL);
            return Err(interrupted);
        }
        if !success {
            bail!("`{}` failed", readable(command));
        }
        Ok(())
    }
}

impl Shared {
    fn group(&self) -> MutexGuard<'_, Option<Pid>> {
        self.group.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn interrupt(&self, number: i32) {
        let again = self.interrupted.swap(true, Ordering::SeqCst);
        let polite = Signal::try_from(number).unwrap_or(Signal::SIGTERM);
        let signal = if again { Signal::SIGKILL } else { polite };
        if let Some(group) = *self.group() {
            // The group may have ended in this very moment, and then there is nothing left to tell it.
            let _gone = killpg(group, signal);
        }
    }
}

/// Sets a command apart from the terminal's own group, and from its input, which a background group may not read.
pub(crate) fn isolated(command: &mut Command) -> &mut Command {
    command.process_group(0).stdin(Stdio::null())
}

fn group_of(child: &Child) -> io::Result<Pid> {
    i32::try_from(child.id()).map(Pid::from_raw).map_err(io::Error::other)
}

fn readable(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
