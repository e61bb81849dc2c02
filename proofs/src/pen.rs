//! What handlers write down while they run.
//!
//! Each line is one write to a file that all processes append to, so the order of lines is the order in which things
//! happened, and what a process wrote before it was killed is there.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use windlass_shared::{Clock, JobId, SystemClock};

/// The pen of one process.
#[derive(Debug)]
pub(crate) struct Pen {
    file: File,
    runs: AtomicU64,
}

/// One run of a handler, which ends in the evidence when it is dropped.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    pen: &'a Pen,
    number: u64,
    job: JobId,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A handler started.
    Start,
    /// The side effect of a step happened.
    Effect,
    /// The work of a step is done; what comes next is the attempt to record it.
    Worked,
    /// A step is recorded.
    Recorded,
    /// A step that this run did is recorded as another run did it.
    Overtaken,
    /// The handler is done.
    Done,
    /// The handler does not run any more, whether it was done or not.
    End,
}

impl Pen {
    /// A pen that appends to the file.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self { file, runs: AtomicU64::new(0) })
    }

    /// Writes down that a handler starts; `group` is what it shares a limit by.
    pub(crate) fn start(&self, job: JobId, group: &str) -> Result<Run<'_>> {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let run = Run { pen: self, number, job };
        run.write(Event::Start, group)?;
        Ok(run)
    }
}

impl Run<'_> {
    /// Writes down what happened within the run.
    pub(crate) fn write(&self, event: Event, detail: &str) -> Result<()> {
        let (now, process) = (SystemClock.now().as_millis(), std::process::id());
        let (number, event) = (self.number, event.as_str());
        let detail = if detail.is_empty() { "-" } else { detail };
        let line = format!("{now} {process} {number} {event} {} {detail}\n", self.job);
        Ok((&self.pen.file).write_all(line.as_bytes())?)
    }
}

impl fmt::Display for Run<'_> {
    /// What no other run of any process is called.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", std::process::id(), self.number)
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        // A file that cannot be written to shows in the run's other lines.
        let _unwritten = self.write(Event::End, "");
    }
}

impl Event {
    pub(crate) const ALL: [Self; 7] =
        [Self::Start, Self::Effect, Self::Worked, Self::Recorded, Self::Overtaken, Self::Done, Self::End];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Effect => "effect",
            Self::Worked => "worked",
            Self::Recorded => "recorded",
            Self::Overtaken => "overtaken",
            Self::Done => "done",
            Self::End => "end",
        }
    }
}
