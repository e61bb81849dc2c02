use std::time::Duration;

use async_trait::async_trait;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use windlass_queue::{Handler, JobContext, JobError, JobKind};
use windlass_shared::Entropy;

/// How often a sleeper looks up.
const NAP: Duration = Duration::from_millis(250);

/// A job that takes its time, and may fail at the end of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sleep {
    /// How long it takes, in milliseconds: up to an hour.
    #[schemars(range(min = 0, max = 3_600_000))]
    pub ms: u64,
    /// How likely it is to fail, from 0 (never) to 1 (always).
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 1.0))]
    pub fail_rate: f64,
    /// Whether it keeps a processor busy for all that time instead of waiting.
    #[serde(default)]
    pub cpu: bool,
}

impl JobKind for Sleep {
    const NAME: &'static str = "diagnostic.sleep";
    const SUMMARY: &'static str = "Waits, or computes, for a given time, and fails at a given rate.";
    /// Longer than the longest sleep.
    const TIMEOUT: Duration = Duration::from_mins(65);
    type Output = ();
}

#[derive(Debug)]
pub(crate) struct SleepHandler {
    entropy: Entropy,
}

impl Default for SleepHandler {
    fn default() -> Self {
        Self { entropy: Entropy::from_system() }
    }
}

#[async_trait]
impl Handler<Sleep> for SleepHandler {
    async fn run(&self, args: Sleep, context: &JobContext) -> Result<(), JobError> {
        let night = Night { start: Instant::now(), length: Duration::from_millis(args.ms) };
        if args.cpu {
            compute(night, context).await?;
        } else {
            wait(night, context).await?;
        }
        // A fraction is below 1, so a rate of 1 always fails and a rate of 0 never does.
        if self.entropy.fraction() < args.fail_rate {
            return Err(JobError::transient(format!("failed as asked for: fail_rate is {}", args.fail_rate)));
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
struct Night {
    start: Instant,
    length: Duration,
}

impl Night {
    fn left(self) -> Option<Duration> {
        self.length.checked_sub(self.start.elapsed()).filter(|left| !left.is_zero())
    }

    fn percent(self) -> u8 {
        let part = self.start.elapsed().as_secs_f64() / self.length.as_secs_f64();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within 0 to 100")]
        let percent = (part.clamp(0.0, 1.0) * 100.0) as u8;
        percent
    }
}

async fn wait(night: Night, context: &JobContext) -> Result<(), JobError> {
    while let Some(left) = night.left() {
        tokio::select! {
            () = context.cancellation().cancelled() => return Err(JobError::Cancelled),
            () = tokio::time::sleep(left.min(NAP)) => context.progress(night.percent()),
        }
    }
    Ok(())
}

/// Computes on a thread of its own, so that the jobs beside it go on.
async fn compute(night: Night, context: &JobContext) -> Result<(), JobError> {
    let stop = context.cancellation().child_token();
    // When the attempt is given up, this future is dropped and the thread must not go on alone.
    let _stopped_with_us = stop.clone().drop_guard();
    let context = context.clone();
    let busy = tokio::task::spawn_blocking(move || {
        let mut next_look = NAP;
        while night.left().is_some() {
            if stop.is_cancelled() {
                return Err(JobError::Cancelled);
            }
            if night.start.elapsed() >= next_look {
                context.progress(night.percent());
                next_look += NAP;
            }
            spin();
        }
        Ok(())
    });
    busy.await?
}

/// Some microseconds of work.
fn spin() {
    for _ in 0..1_000 {
        std::hint::spin_loop();
    }
}
