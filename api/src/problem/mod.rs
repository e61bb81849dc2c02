//! What is refused, in the form of RFC 9457.

mod problem_type;
mod reasons;

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};

pub(crate) use problem_type::ProblemType;

/// After how many seconds it makes sense to ask again while the engine is away.
const RETRY_AFTER_SECONDS: u32 = 2;

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
}

impl Problem {
    /// A problem of this type, with what happened this time.
    pub(crate) fn new(of: ProblemType, detail: impl Into<String>) -> Self {
        let (name, status, title) = of.describe();
        Self {
            uri: format!("urn:windlass:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            more: Map::new(),
            cause: None,
        }
    }

    /// The same with one member more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// The same with its cause, which is logged when the answer is given.
    pub(crate) fn because(self, cause: &dyn std::error::Error) -> Self {
        Self { cause: Some(cause.to_string()), ..self }
    }

    /// One fault in a posted document, at a JSON Pointer.
    pub(crate) fn at(path: &str, message: &str) -> Self {
        let place = if path.is_empty() { "the body" } else { path };
        Self::new(ProblemType::InvalidRequest, format!("At {place}: {message}."))
            .with("errors", json!([{ "path": path, "message": message }]))
    }

    /// No job with this id belongs to the caller, which must look the same as no such job at all.
    pub(crate) fn unknown_job(id: &str) -> Self {
        let id: String = id.chars().take(64).collect();
        let detail = format!("There is no job {id:?}; finished jobs are kept for a time.");
        Self::new(ProblemType::UnknownJob, detail)
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
            "The engine that keeps the jobs cannot be reached. Try again; an Idempotency-Key makes that safe.",
        )
    }

    /// What only our log is told.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.cause.as_deref()
    }

    /// Whether it may be gone when the same is asked again later.
    pub(crate) const fn is_temporary(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE.as_u16()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if let Some(cause) = self.cause() {
            tracing::error!(cause, "a request failed");
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let temporary = self.is_temporary();
        let mut response = (status, Json(self)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if temporary {
            headers.insert(RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECONDS));
        }
        response
    }
}
