use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value, json};
use windlass_queue::{CheckError, EngineError, EnqueueError, Fault, MAX_PAYLOAD_BYTES};
use windlass_shared::KindName;

/// After how many seconds it makes sense to ask again while the engine is away.
const RETRY_AFTER_SECONDS: u32 = 2;

/// What stands where in the body of a problem.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Problem {
    #[serde(rename = "type")]
    uri: String,
    title: &'static str,
    status: u16,
    detail: String,
    #[serde(flatten)]
    more: Map<String, Value>,
}

/// The problems that this API knows: each has its own URI, title and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProblemType {
    InvalidJson,
    InvalidHeader,
    Unauthorized,
    NotFound,
    UnknownKind,
    UnknownJob,
    MethodNotAllowed,
    BodyTimeout,
    BodyTooLarge,
    ArgsTooLarge,
    UnsupportedMediaType,
    InvalidRequest,
    InvalidArgs,
    Internal,
    EngineUnavailable,
    TooSlow,
}

impl ProblemType {
    const fn describe(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::InvalidJson => ("invalid-json", StatusCode::BAD_REQUEST, "The body is no JSON"),
            Self::InvalidHeader => ("invalid-header", StatusCode::BAD_REQUEST, "A header cannot be used"),
            Self::Unauthorized => ("unauthorized", StatusCode::UNAUTHORIZED, "No valid API key"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "There is nothing here"),
            Self::UnknownKind => ("unknown-kind", StatusCode::NOT_FOUND, "There is no such kind of job"),
            Self::UnknownJob => ("unknown-job", StatusCode::NOT_FOUND, "There is no such job"),
            Self::MethodNotAllowed => {
                ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed here")
            }
            Self::BodyTimeout => ("body-timeout", StatusCode::REQUEST_TIMEOUT, "The body came too slowly"),
            Self::BodyTooLarge => ("body-too-large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            Self::ArgsTooLarge => ("args-too-large", StatusCode::PAYLOAD_TOO_LARGE, "The args are too large"),
            Self::UnsupportedMediaType => {
                ("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body must be JSON")
            }
            Self::InvalidRequest => {
                ("invalid-request", StatusCode::UNPROCESSABLE_ENTITY, "The request is not as it should be")
            }
            Self::InvalidArgs => {
                ("invalid-args", StatusCode::UNPROCESSABLE_ENTITY, "The args do not fit the kind")
            }
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here"),
            Self::EngineUnavailable => {
                ("engine-unavailable", StatusCode::SERVICE_UNAVAILABLE, "The engine cannot be reached")
            }
            Self::TooSlow => ("too-slow", StatusCode::SERVICE_UNAVAILABLE, "The answer took too long"),
        }
    }
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
        }
    }

    /// The same with one member more.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
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
        Self::new(
            ProblemType::UnknownJob,
            format!("There is no job {id:?}; finished jobs are kept for a time."),
        )
    }

    /// Something that is our fault; what it was is for our log only.
    pub(crate) fn internal() -> Self {
        Self::new(
            ProblemType::Internal,
            "The request could not be processed. The log of the server has more under the x-request-id.",
        )
    }

    /// Nobody answers in time.
    pub(crate) fn unavailable() -> Self {
        Self::new(
            ProblemType::EngineUnavailable,
            "The engine that keeps the jobs cannot be reached. Try again; an Idempotency-Key makes that safe.",
        )
    }

    /// Whether it may be gone when the same is asked again later.
    pub(crate) const fn is_temporary(&self) -> bool {
        self.status == StatusCode::SERVICE_UNAVAILABLE.as_u16()
    }

    fn unknown_kind(error: &windlass_queue::UnknownKind) -> Self {
        let nearest: Vec<_> = error.nearest.iter().map(KindName::as_str).collect();
        Self::new(ProblemType::UnknownKind, sentence(error))
            .with("kind", error.name.as_str())
            .with("nearest", nearest)
    }

    fn invalid_args(error: &CheckError, faults: &[Fault]) -> Self {
        let located: Vec<_> = faults.iter().map(in_args).collect();
        Self::new(ProblemType::InvalidArgs, sentence(error)).with("errors", located)
    }
}

fn in_args(fault: &Fault) -> Value {
    json!({ "path": format!("/args{}", fault.path), "message": fault.message })
}

/// A message of ours begins in lower case, because it usually follows something.
fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return text };
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    format!("{}{}{end}", first.to_uppercase(), characters.as_str())
}

impl From<CheckError> for Problem {
    fn from(error: CheckError) -> Self {
        match &error {
            CheckError::UnknownKind(unknown) => Self::unknown_kind(unknown),
            CheckError::InvalidArgs { faults, .. } => Self::invalid_args(&error, faults),
            _ => Self::new(ProblemType::InvalidRequest, sentence(&error)),
        }
    }
}

impl From<EngineError> for Problem {
    fn from(error: EngineError) -> Self {
        // Here and nowhere else: a caller is not told where the engine lives or what it said.
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "the engine did not do what a request needs"
        );
        if error.is_transient() { Self::unavailable() } else { Self::internal() }
    }
}

impl From<EnqueueError> for Problem {
    fn from(error: EnqueueError) -> Self {
        match error {
            EnqueueError::Check(error) => error.into(),
            EnqueueError::Engine(error) => error.into(),
            EnqueueError::Option { name, rule } => Self::at(&format!("/{name}"), rule),
            EnqueueError::TooLarge { bytes } => Self::new(ProblemType::ArgsTooLarge, sentence(&error))
                .with("limit_bytes", MAX_PAYLOAD_BYTES)
                .with("bytes", bytes),
            _ => {
                tracing::error!(error = &error as &dyn std::error::Error, "a job was not accepted");
                Self::internal()
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
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
