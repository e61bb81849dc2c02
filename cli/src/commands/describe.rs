//! One job, told to a person.

use std::fmt::Display;
use std::io::{self, Write};

use bytes::Bytes;
use windlass_queue::{Job, truncated};
use windlass_shared::{JobState, Timestamp};

use crate::output::{Colours, Style, harmless};

/// As much of a note as fits beside the rest of a line.
const NOTE_BYTES: usize = 60;

/// Writes all that is known of the job.
pub(super) fn describe(job: &Job, out: &mut impl Write, colours: Colours) -> io::Result<()> {
    let mut sheet = Sheet { out, colours };
    sheet.title(job)?;
    sheet.facts(job)?;
    sheet.json("args", Some(&job.args))?;
    sheet.json("result", job.result.as_ref())?;
    sheet.errors(job)?;
    sheet.log(job)
}

/// What is most worth knowing of a job, in a few words.
pub(super) fn note(job: &Job) -> String {
    let text = match job.state {
        JobState::Discarded | JobState::Retryable => job.errors.last().map(|error| error.message.clone()),
        JobState::Scheduled => Some(format!("at {}", job.run_at)),
        JobState::Running if job.cancel_requested => Some("cancellation requested".to_owned()),
        JobState::Running => {
            Some(format!("{} {}", job.progress.percent, job.progress.message.as_deref().unwrap_or_default()))
        }
        JobState::Pending | JobState::Available | JobState::Completed | JobState::Cancelled => None,
    };
    let text = harmless(&text.unwrap_or_default()).replace(['\n', '\t'], " ");
    let short = truncated(&text, NOTE_BYTES);
    if short.len() < text.len() { format!("{short}…") } else { text }
}

struct Sheet<'a, W> {
    out: &'a mut W,
    colours: Colours,
}

impl<W: Write> Sheet<'_, W> {
    fn title(&mut self, job: &Job) -> io::Result<()> {
        let kind = self.colours.paint(Style::Bold, job.kind.as_str());
        let state = self.colours.paint(Style::of_state(job.state), job.state.as_str());
        writeln!(self.out, "{kind} {} {state}", job.id)
    }

    fn facts(&mut self, job: &Job) -> io::Result<()> {
        self.fact("queue", &job.queue)?;
        self.fact("tenant", &job.tenant)?;
        self.fact("priority", job.priority.get())?;
        self.fact("attempt", format!("{} of {}", job.attempt, job.max_attempts.get()))?;
        self.fact("timeout", format!("{:?}", job.timeout))?;
        if !job.tags.is_empty() {
            let tags: Vec<_> = job.tags.iter().map(ToString::to_string).collect();
            self.fact("tags", tags.join(", "))?;
        }
        self.instants(job)?;
        if let Some(worker) = job.worker {
            self.fact("worker", worker)?;
        }
        if job.deaths > 0 {
            self.fact("deaths", format!("{} worker processes died under it", job.deaths))?;
        }
        if job.cancel_requested {
            self.fact("cancellation", "requested")?;
        }
        let message = job.progress.message.as_deref().map(|text| format!(" · {text}"));
        self.fact("progress", format!("{}{}", job.progress.percent, message.unwrap_or_default()))
    }

    fn instants(&mut self, job: &Job) -> io::Result<()> {
        self.fact("created", job.created_at)?;
        self.fact("run at", job.run_at)?;
        let mut instant = |name, at: Option<Timestamp>| at.map_or(Ok(()), |at| self.fact(name, at));
        instant("attempted", job.attempted_at)?;
        instant("finished", job.finished_at)
    }

    fn fact(&mut self, name: &str, value: impl Display) -> io::Result<()> {
        let name = self.colours.paint(Style::Dim, &format!("{name:<13}"));
        writeln!(self.out, "  {name} {}", harmless(&value.to_string()))
    }

    fn section(&mut self, name: &str) -> io::Result<()> {
        let name = self.colours.paint(Style::Bold, name);
        writeln!(self.out, "\n{name}")
    }

    fn json(&mut self, name: &str, json: Option<&Bytes>) -> io::Result<()> {
        let Some(json) = json else { return Ok(()) };
        self.section(name)?;
        let text = match serde_json::from_slice::<serde_json::Value>(json) {
            Ok(value) => format!("{value:#}"),
            // What cannot be decoded is the very reason to look at it.
            Err(_) => String::from_utf8_lossy(json).into_owned(),
        };
        harmless(&text).lines().try_for_each(|line| writeln!(self.out, "  {line}"))
    }

    fn errors(&mut self, job: &Job) -> io::Result<()> {
        if job.errors.is_empty() {
            return Ok(());
        }
        self.section("errors")?;
        job.errors.iter().try_for_each(|error| {
            let reason = serde_json::to_value(error.reason).unwrap_or_default();
            let reason = reason.as_str().unwrap_or_default();
            let message = harmless(&error.message);
            writeln!(self.out, "  {} attempt {} ({reason}): {message}", error.at, error.attempt)
        })
    }

    fn log(&mut self, job: &Job) -> io::Result<()> {
        if job.log.is_empty() {
            return Ok(());
        }
        self.section("log")?;
        job.log.iter().try_for_each(|line| {
            writeln!(self.out, "  {} attempt {}: {}", line.at, line.attempt, harmless(&line.line))
        })
    }
}
