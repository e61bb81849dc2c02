use std::time::Duration;

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
    /// A provider asks for patience: the job comes back later, and no attempt is used up. It is the only one to wait;
    /// [`JobContext::hold`](crate::JobContext::hold) makes those wait too that would ask the same provider.
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
    /// This attempt is over: its worker ends, or somebody else may run the job by now. The context says so; a handler
    /// passes it on. The job goes back to the front of its lane, and no attempt is used up.
    Interrupted,
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

    /// A provider's wish for patience.
    pub fn rate_limited(retry_after: Duration, message: impl Into<String>) -> Self {
        Self::RateLimited { retry_after, message: message.into() }
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
