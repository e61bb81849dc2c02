use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use windlass_shared::{JobId, MaxAttempts, Percent, TenantId, Timestamp};

use crate::kind::JobKind;

/// Does the work of one kind of job.
///
/// A handler may be called more than once for a job (at least once is what a queue can promise), so what it
/// does to the world should bear repetition. It is dropped at an `await` when its attempt runs out of time or
/// is interrupted; a cancellation only asks, through the context.
#[async_trait]
pub trait Handler<K: JobKind>: Send + Sync + 'static {
    /// Does the work of one job.
    async fn run(&self, args: K, context: &JobContext) -> Result<K::Output, JobError>;
}

/// Why a handler did not finish, and what should happen now.
///
/// Any error can be turned into one with `?`; it then counts as transient.
#[derive(Debug)]
pub enum JobError {
    /// It may go better next time.
    Transient {
        /// What happened, to what.
        message: String,
        /// Not before this long, instead of the kind's back-off.
        retry_after: Option<Duration>,
    },
    /// A provider asks for patience: the job comes back later, and no attempt is used up.
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
        /// Who asked.
        message: String,
    },
    /// It will never go better: the job is discarded.
    Permanent {
        /// What happened, to what, and what to do.
        message: String,
    },
    /// Call again later; no attempt is used up.
    Snooze {
        /// How long to wait.
        after: Duration,
        /// What for.
        reason: Option<String>,
    },
    /// The handler stopped because its cancellation was requested.
    Cancelled,
}

impl JobError {
    /// A failure that may pass.
    pub fn transient(message: impl Into<String>) -> Self {
        Self::Transient { message: message.into(), retry_after: None }
    }

    /// A failure that will not pass.
    pub fn permanent(message: impl Into<String>) -> Self {
        Self::Permanent { message: message.into() }
    }

    /// A wish to be called again.
    pub const fn snooze(after: Duration) -> Self {
        Self::Snooze { after, reason: None }
    }
}

impl<E: std::error::Error> From<E> for JobError {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::transient(message)
    }
}

/// What a handler knows of its job, and the ways in which it can speak of it.
#[derive(Debug, Clone)]
pub struct JobContext {
    /// The job.
    pub job: JobId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Which attempt this is, from 1.
    pub attempt: u16,
    /// How many there may be.
    pub max_attempts: MaxAttempts,
    /// When the job was enqueued: the same in every attempt.
    pub created_at: Timestamp,
    /// When the attempt will have run out of time.
    pub deadline: tokio::time::Instant,
    cancellation: CancellationToken,
    reporter: Arc<dyn Reporter>,
}

/// Takes what running jobs say of themselves. The runtime has the one that stores it.
pub trait Reporter: Debug + Send + Sync + 'static {
    /// How far the job is. Only the newest counts; it is stored soon, not at once.
    fn progress(&self, percent: Percent, message: Option<String>);

    /// A line of its log.
    fn log(&self, line: String);
}

impl JobContext {
    /// The context of one attempt.
    pub fn new(
        job: &crate::engine::ClaimedJob,
        deadline: tokio::time::Instant,
        cancellation: CancellationToken,
        reporter: Arc<dyn Reporter>,
    ) -> Self {
        Self {
            job: job.claim.job,
            tenant: job.tenant.clone(),
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            created_at: job.created_at,
            deadline,
            cancellation,
            reporter,
        }
    }

    /// Tells how far the job is, 0 to 100 (more counts as 100).
    pub fn progress(&self, percent: u8) {
        self.reporter.progress(Percent::saturating(percent), None);
    }

    /// Tells how far the job is and what it is doing.
    pub fn progress_with(&self, percent: u8, message: impl Into<String>) {
        self.reporter.progress(Percent::saturating(percent), Some(message.into()));
    }

    /// Writes a line into the job's log, where operators read it. Nothing personal belongs there.
    pub fn log(&self, line: impl Into<String>) {
        self.reporter.log(line.into());
    }

    /// The token that is cancelled when the job should stop, for whatever reason.
    pub const fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Returns [`JobError::Cancelled`] when the job should stop: `context.check_cancelled()?` between two steps.
    pub fn check_cancelled(&self) -> Result<(), JobError> {
        if self.cancellation.is_cancelled() { Err(JobError::Cancelled) } else { Ok(()) }
    }
}
