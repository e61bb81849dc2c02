//! Watches one job from outside until it ends.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use windlass_queue::{Client, Engine, Enqueued, Job};
use windlass_shared::{JobId, JobState};

use super::why::obstacle;
use crate::failure::Failure;
use crate::output::harmless;

/// The pauses between two looks: short at first, because most jobs are.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// For how long a job may wait before we ask whether anybody would take it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Tells on stderr what happens to the job, and answers its result once it is completed. Any other end is a
/// failure.
pub(super) async fn follow(client: &Client, job: &Enqueued) -> Result<Option<Value>, Failure> {
    let engine = client.engine().as_ref();
    let (id, mut narrator) = (job.id, Narrator::after(job.state));
    let mut pause = FIRST_PAUSE;
    loop {
        match look(engine, id).await {
            Ok(job) => {
                narrator.tell(&job)?;
                if job.state.is_final() {
                    return end(&with_whole_result(job, client).await?);
                }
                narrator.wonder(engine, &job).await?;
            }
            Err(Failure::Engine(error)) if error.is_transient() => narrator.outage(&error.to_string())?,
            Err(failure) => return Err(failure),
        }
        tokio::time::sleep(pause).await;
        pause = pause.mul_f32(1.3).min(LONGEST_PAUSE);
    }
}

/// The job with its result as it is, wherever that is kept.
async fn with_whole_result(job: Job, client: &Client) -> Result<Job, Failure> {
    let Some(result) = &job.result else { return Ok(job) };
    let whole = client.whole(&job, result).await?.ok_or(Failure::ResultGone(job.id))?;
    Ok(Job { result: Some(whole), ..job })
}

/// The job as it is now.
pub(super) async fn look(engine: &dyn Engine, id: JobId) -> Result<Job, Failure> {
    let found = engine.get(&[id]).await?.pop().flatten();
    found.ok_or(Failure::NoJob(id))
}

/// The result of a job that has ended; any other end than completion is a failure.
pub(super) fn end(job: &Job) -> Result<Option<Value>, Failure> {
    if job.state == JobState::Completed {
        return Ok(job.result.as_ref().and_then(|result| serde_json::from_slice(result).ok()));
    }
    let reason = job.errors.last().map(|error| harmless(&error.message));
    Err(Failure::Ended { id: job.id, state: job.state, reason })
}

/// Says each thing once.
#[derive(Debug)]
struct Narrator {
    said: String,
    errors: usize,
    since: Instant,
    wondered: bool,
}

impl Narrator {
    /// The first state has been told already.
    fn after(state: JobState) -> Self {
        Self { said: state.to_string(), errors: 0, since: Instant::now(), wondered: false }
    }

    fn tell(&mut self, job: &Job) -> io::Result<()> {
        for error in job.errors.iter().skip(self.errors) {
            self.say(format!("attempt {} failed: {}", error.attempt, error.message))?;
        }
        // Only the newest errors are kept, so their number may stay the same; then the state tells enough.
        self.errors = job.errors.len();
        self.say(sentence(job))
    }

    fn outage(&mut self, error: &str) -> io::Result<()> {
        self.say(format!("{error}; still trying"))
    }

    /// A job that nobody takes has a reason.
    async fn wonder(&mut self, engine: &dyn Engine, job: &Job) -> Result<(), Failure> {
        if self.wondered || job.state != JobState::Available || self.since.elapsed() < PATIENCE {
            return Ok(());
        }
        self.wondered = true;
        match obstacle(engine, job).await? {
            Some(obstacle) => Ok(self.say(obstacle)?),
            None => Ok(()),
        }
    }

    fn say(&mut self, line: String) -> io::Result<()> {
        if line != self.said {
            writeln!(io::stderr(), "  {}", harmless(&line))?;
            self.said = line;
        }
        Ok(())
    }
}

fn sentence(job: &Job) -> String {
    let progress = &job.progress;
    match job.state {
        JobState::Running => {
            let message = progress.message.as_ref().map(|text| format!(" · {text}")).unwrap_or_default();
            format!(
                "running, attempt {} of {}: {}{message}",
                job.attempt,
                job.max_attempts.get(),
                progress.percent
            )
        }
        JobState::Scheduled | JobState::Retryable => format!("{}, next at {}", job.state, job.run_at),
        JobState::Pending
        | JobState::Available
        | JobState::Completed
        | JobState::Cancelled
        | JobState::Discarded => job.state.to_string(),
    }
}
