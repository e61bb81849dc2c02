//! What is refused, in the form of RFC 9457.

mod problem_type;
mod reasons;
mod schema;

use std::num::NonZeroU32;
use std::time::Duration;

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use windlass_shared::{JobState, QueueName};

pub(crate) use problem_type::ProblemType;

/// After how many seconds it makes sense to ask again while the engine is away.
const WHILE_AWAY: NonZeroU32 = NonZeroU32::new(2).unwrap();

/// An answer that refuses.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    uri: String,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(flatten)]
    more: Map<String, Value>,
    /// What is for our log only: a caller is not told where an engine lives or what it said.
    #[serde(skip)]
    cause: Option<String>,
    /// After how many seconds the same may be asked again; `None` when that would change nothing.
    #[serde(skip)]
    retry_after: Option<NonZeroU32>,
}

impl Problem {
    /// A problem of this type, with what happened this time.
    pub(crate) fn new(of: ProblemType, detail: impl Into<String>) -> Self {
        let (_, status, title) = of.describe();
        Self {
            uri: of.uri(),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            more: Map::new(),
            cause: None,
            retry_after: (status == StatusCode::SERVICE_UNAVAILABLE).then_some(WHILE_AWAY),
        }
    }

    /// What happened, in words.
    pub(crate) fn detail(&self) -> &str {
        &self.detail
    }

    /// The same with one member more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// The same, told in other words.
    pub(crate) fn said(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// The same with its cause, which is logged when the answer is given.
    pub(crate) fn because(self, cause: &dyn std::error::Error) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }

    /// The same for a part of the document: its faults are below this JSON Pointer.
    pub(crate) fn below(mut self, place: &str) -> Self {
        let faults = self.more.get_mut("errors").and_then(Value::as_array_mut);
        for path in faults.into_iter().flatten().filter_map(|fault| fault.get_mut("path")) {
            *path = format!("{place}{}", path.as_str().unwrap_or_default()).into();
        }
        self
    }

    /// The same, with the advice to ask again after this long.
    pub(crate) fn retry_after(self, pause: Duration) -> Self {
        let seconds = u32::try_from(pause.as_secs()).unwrap_or(u32::MAX);
        Self { retry_after: NonZeroU32::new(seconds.max(1)), ..self }
    }

    /// One fault in a posted document, at a JSON Pointer.
    pub(crate) fn at(path: &str, message: &str) -> Self {
        let place = if path.is_empty() { "the body" } else { path };
        Self::new(ProblemType::InvalidRequest, format!("At {place}: {message}."))
            .with("errors", json!([{ "path": path, "message": message }]))
    }

    /// One fault in a parameter of the path or the query.
    pub(crate) fn parameter(name: &str, message: &str) -> Self {
        Self::new(ProblemType::InvalidRequest, format!("The parameter {name}: {message}."))
            .with("errors", json!([{ "parameter": name, "message": message }]))
    }

    /// No job with this id belongs to the caller, which must look the same as no such job at all.
    pub(crate) fn unknown_job(id: &str) -> Self {
        let id: String = id.chars().take(64).collect();
        let detail = format!("There is no job {id:?}; finished jobs are kept for a time.");
        Self::new(ProblemType::UnknownJob, detail)
    }

    /// No batch with this id belongs to the caller, which must look the same as no such batch at all.
    pub(crate) fn unknown_batch(id: &str) -> Self {
        let id: String = id.chars().take(64).collect();
        let detail = format!("There is no batch {id:?}; finished batches are kept for a time.");
        Self::new(ProblemType::UnknownBatch, detail)
    }

    /// The caller's key is for other queues.
    pub(crate) fn other_queue(queue: &QueueName) -> Self {
        let detail = format!("Your key is for some queues only, and {queue} is none of them.");
        Self::new(ProblemType::Forbidden, detail).with("queue", queue.as_str())
    }

    /// What was asked cannot be done with a job in this state.
    pub(crate) fn wrong_state(state: JobState, detail: impl Into<String>) -> Self {
        Self::new(ProblemType::WrongState, detail).with("state", state.as_str())
    }

    /// Something that is our fault; what it was is for our log only.
    pub(crate) fn internal() -> Self {
        Self::new(
            ProblemType::Internal,
            "The request could not be processed. The log of the server has more under the x-request-id.",
        )
    }

    /// The engine does not answer.
    pub(crate) fn unavailable() -> Self {
        Self::new(
            ProblemType::EngineUnavailable,
            "The engine that keeps the jobs cannot be reached. Try again; where an Idempotency-Key was sent, the same \
             one makes that safe.",
        )
    }

    /// What only our log is told.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Its status code.
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// Whether it may be gone when the same is asked again later.
    pub(crate) const fn is_temporary(&self) -> bool {
        self.retry_after.is_some()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Some(cause) = self.cause() {
            tracing::error!(cause, "a request failed");
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.get()));
        }
        response
    }
}
