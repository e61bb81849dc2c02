use axum::http::StatusCode;

/// The problems that this API knows: each has its own URI, title and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProblemType {
    InvalidJson,
    InvalidHeader,
    Unauthorized,
    NotFound,
    UnknownKind,
    UnknownJob,
    UnknownQueue,
    UnknownBatch,
    MethodNotAllowed,
    BodyTimeout,
    WrongState,
    UniqueConflict,
    NothingNew,
    BodyTooLarge,
    ArgsTooLarge,
    UnsupportedMediaType,
    InvalidRequest,
    InvalidArgs,
    QueueFull,
    QuotaReached,
    Internal,
    EngineUnavailable,
    Draining,
    TooSlow,
}

impl ProblemType {
    /// Its name within the URI, its status and its title.
    pub(super) const fn describe(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::InvalidJson => ("invalid-json", StatusCode::BAD_REQUEST, "The body is no JSON"),
            Self::InvalidHeader => ("invalid-header", StatusCode::BAD_REQUEST, "A header cannot be used"),
            Self::Unauthorized => ("unauthorized", StatusCode::UNAUTHORIZED, "No valid API key"),
            Self::NotFound => ("not-found", StatusCode::NOT_FOUND, "There is nothing here"),
            Self::UnknownKind => ("unknown-kind", StatusCode::NOT_FOUND, "There is no such kind of job"),
            Self::UnknownJob => ("unknown-job", StatusCode::NOT_FOUND, "There is no such job"),
            Self::UnknownQueue => ("unknown-queue", StatusCode::NOT_FOUND, "There is no such queue"),
            Self::UnknownBatch => ("unknown-batch", StatusCode::NOT_FOUND, "There is no such batch"),
            Self::MethodNotAllowed => {
                ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed here")
            }
            Self::BodyTimeout => ("body-timeout", StatusCode::REQUEST_TIMEOUT, "The body came too slowly"),
            Self::WrongState => ("wrong-state", StatusCode::CONFLICT, "The job's state does not allow it"),
            Self::UniqueConflict => {
                ("unique-conflict", StatusCode::CONFLICT, "Another job holds the unique key")
            }
            Self::NothingNew => ("nothing-new", StatusCode::CONFLICT, "None of the jobs is a new one"),
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
            Self::QueueFull => ("queue-full", StatusCode::TOO_MANY_REQUESTS, "The queue is full"),
            Self::QuotaReached => {
                ("quota-reached", StatusCode::TOO_MANY_REQUESTS, "The tenant has as many jobs as it may")
            }
            Self::Internal => ("internal", StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here"),
            Self::EngineUnavailable => {
                ("engine-unavailable", StatusCode::SERVICE_UNAVAILABLE, "The engine cannot be reached")
            }
            Self::Draining => ("draining", StatusCode::SERVICE_UNAVAILABLE, "The queue is being drained"),
            Self::TooSlow => ("too-slow", StatusCode::SERVICE_UNAVAILABLE, "The answer took too long"),
        }
    }
}
