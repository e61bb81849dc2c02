use std::sync::Arc;
use std::time::Duration;

use crate::http::Problem;
use crate::id::JobId;
use crate::jobs::{JobState, JobView};

/// Why something did not come about.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What the client was given cannot be used; nothing was sent.
    #[error("{what} cannot be used: {reason}")]
    Unusable {
        /// What it is.
        what: &'static str,
        /// What is wrong with it, and what would be right.
        reason: String,
    },
    /// No full answer came: no connection, one that broke, or a time-out. Whatever may be sent again has been.
    #[error("the server gave no answer to {request}: {reason}")]
    NoAnswer {
        /// The method and the path.
        request: String,
        /// What happened, with its causes.
        reason: String,
        /// What happened.
        source: Arc<reqwest::Error>,
    },
    /// The server refused.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// The answer, or the result of a job, is not what was expected.
    #[error("{what} is not what was expected: {source}")]
    Unreadable {
        /// What was read.
        what: String,
        /// Where it differs.
        source: Arc<serde_json::Error>,
    },
    /// The job has ended, and not by being completed.
    #[error("{}", unsuccessful(.0))]
    Unsuccessful(Box<JobView>),
    /// The job has not ended in the time that was given to it. It goes on.
    #[error("the job {id} is not over after {limit:?}{}", last_seen(*.state))]
    NotOver {
        /// Its id.
        id: JobId,
        /// How long it was waited for.
        limit: Duration,
        /// In which state it was last seen; none when the server could not be asked in all that time.
        state: Option<JobState>,
    },
}

impl Error {
    /// Whether the same may come about later, without anything being changed.
    ///
    /// What may be sent again without harm has been sent again already, as [`Retries`](crate::Retries) say.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoAnswer { .. } | Self::NotOver { .. } => true,
            Self::Refused(problem) => problem.is_transient(),
            Self::Unusable { .. } | Self::Unreadable { .. } | Self::Unsuccessful(_) => false,
        }
    }

    /// The problem that the server told of, where it is one.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            Self::Unusable { .. }
            | Self::NoAnswer { .. }
            | Self::Unreadable { .. }
            | Self::Unsuccessful(_)
            | Self::NotOver { .. } => None,
        }
    }

    pub(crate) fn unreadable(what: impl Into<String>, source: serde_json::Error) -> Self {
        Self::Unreadable { what: what.into(), source: Arc::new(source) }
    }

    pub(crate) fn unusable(what: &'static str, reason: &(impl ToString + ?Sized)) -> Self {
        Self::Unusable { what, reason: reason.to_string() }
    }

    pub(crate) fn no_answer(request: String, error: reqwest::Error) -> Self {
        let error = error.without_url();
        let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
        let reason = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        Self::NoAnswer { request, reason, source: Arc::new(error) }
    }
}

fn unsuccessful(job: &JobView) -> String {
    let end = format!("the job {} of the kind {} ended as {}", job.id, job.kind, job.state);
    match job.errors.last() {
        Some(error) => format!("{end}: {}", error.message),
        None => end,
    }
}

fn last_seen(state: Option<JobState>) -> String {
    match state {
        Some(state) => format!("; it is {state}"),
        None => "; the server could not be asked".to_owned(),
    }
}
