//! One job, told to a person.

use std::fmt::Display;
use std::io::{self, Write};

use bytes::Bytes;
use windlass_queue::{Job, Until, truncated};
use windlass_shared::{Backoff, JobState, Timestamp};

use super::sheet::Sheet;
use crate::args::Length;
use crate::output::{Colours, Style, harmless};

/// As much of a note as fits beside the rest of a line.
const NOTE_BYTES: usize = 60;

/// Writes all that is known of the job.
pub(super) fn describe(job: &Job, out: &mut impl Write, colours: Colours) -> io::Result<()> {
    title(job, out, colours)?;
    let mut sheet = Sheet::new(out, colours);
    facts(job, &mut sheet)?;
    json("args", Some(&job.args), &mut sheet)?;
    json("result", job.result.as_ref(), &mut sheet)?;
    errors(job, &mut sheet)?;
    log(job, &mut sheet)
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

/// The first line: what it is.
fn title(job: &Job, out: &mut impl Write, colours: Colours) -> io::Result<()> {
    let kind = colours.paint(Style::Bold, job.kind.as_str());
    let state = colours.paint(Style::of_state(job.state), job.state.as_str());
    writeln!(out, "{kind} {} {state}", job.id)
}

fn facts<W: Write>(job: &Job, sheet: &mut Sheet<'_, W>) -> io::Result<()> {
    sheet.fact("queue", &job.queue)?;
    sheet.fact("tenant", &job.tenant)?;
    sheet.fact("priority", job.priority.get())?;
    sheet.fact("attempt", format!("{} of {}", job.attempt, job.max_attempts.get()))?;
    sheet.fact("timeout", format!("{:?}", job.timeout))?;
    if !job.tags.is_empty() {
        sheet.fact("tags", listed(&job.tags))?;
    }
    wishes(job, sheet)?;
    instants(job, sheet)?;
    if let Some(worker) = job.worker {
        sheet.fact("worker", worker)?;
    }
    if job.deaths > 0 {
        sheet.fact("deaths", format!("{} worker processes died under it", job.deaths))?;
    }
    if job.cancel_requested {
        sheet.fact("cancellation", "requested")?;
    }
    records(job, sheet)?;
    let message = job.progress.message.as_deref().map(|text| format!(" · {text}"));
    sheet.fact("progress", format!("{}{}", job.progress.percent, message.unwrap_or_default()))
}

/// What its enqueuer asked for besides.
fn wishes<W: Write>(job: &Job, sheet: &mut Sheet<'_, W>) -> io::Result<()> {
    if let Some(backoff) = &job.backoff {
        sheet.fact("backoff", waits(backoff))?;
    }
    if let Some(key) = &job.limit_key {
        sheet.fact("limit key", key)?;
    }
    if let Some(unique) = &job.unique {
        let until = match unique.until {
            Until::Start => "until it starts".to_owned(),
            Until::Finish => "until it finishes".to_owned(),
            Until::Period(period) => format!("for {}", Length(period)),
        };
        sheet.fact("unique", until)?;
    }
    job.batch.map_or(Ok(()), |batch| sheet.fact("batch", batch))
}

fn waits(backoff: &Backoff) -> String {
    match backoff {
        Backoff::Exponential { base, most } => format!("{}, doubling up to {}", Length(*base), Length(*most)),
        Backoff::Fixed(wait) => Length(*wait).to_string(),
        Backoff::List(waits) => listed(&waits.iter().copied().map(Length).collect::<Vec<_>>()),
    }
}

fn records<W: Write>(job: &Job, sheet: &mut Sheet<'_, W>) -> io::Result<()> {
    let steps: Vec<_> = job.records.steps.iter().map(|(name, _)| name).collect();
    if !steps.is_empty() {
        sheet.fact("steps", listed(&steps))?;
    }
    job.records.checkpoint.as_ref().map_or(Ok(()), |_| sheet.fact("checkpoint", "recorded"))
}

fn listed<T: Display>(words: &[T]) -> String {
    words.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn instants<W: Write>(job: &Job, sheet: &mut Sheet<'_, W>) -> io::Result<()> {
    sheet.fact("created", job.created_at)?;
    sheet.fact("run at", job.run_at)?;
    let mut instant = |name, at: Option<Timestamp>| at.map_or(Ok(()), |at| sheet.fact(name, at));
    instant("expires", job.expires_at)?;
    instant("attempted", job.attempted_at)?;
    instant("finished", job.finished_at)
}

fn json<W: Write>(name: &str, json: Option<&Bytes>, sheet: &mut Sheet<'_, W>) -> io::Result<()> {
    let Some(json) = json else { return Ok(()) };
    sheet.section(name)?;
    let text = match serde_json::from_slice::<serde_json::Value>(json) {
        Ok(value) => format!("{value:#}"),
        // What cannot be decoded is the very reason to look at it.
        Err(_) => String::from_utf8_lossy(json).into_owned(),
    };
    text.lines().try_for_each(|line| sheet.line(line))
}

fn errors<W: Write>(job: &Job, sheet: &mut Sheet<'_, W>) -> io::Result<()> {
    if job.errors.is_empty() {
        return Ok(());
    }
    sheet.section("errors")?;
    job.errors.iter().try_for_each(|error| {
        let reason = serde_json::to_value(error.reason).unwrap_or_default();
        let reason = reason.as_str().unwrap_or_default();
        sheet.line(&format!("{} attempt {} ({reason}): {}", error.at, error.attempt, error.message))
    })
}

fn log<W: Write>(job: &Job, sheet: &mut Sheet<'_, W>) -> io::Result<()> {
    if job.log.is_empty() {
        return Ok(());
    }
    sheet.section("log")?;
    let mut lines = job.log.iter();
    lines.try_for_each(|line| sheet.line(&format!("{} attempt {}: {}", line.at, line.attempt, line.line)))
}
