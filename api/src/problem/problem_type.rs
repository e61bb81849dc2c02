use axum::http::StatusCode;

/// The problems that this API knows: each has its own name within the URI, its status and its title.
macro_rules! problems {
    ($($problem:ident: $name:literal, $status:ident, $title:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum ProblemType {
            $($problem,)*
        }

        impl ProblemType {
            /// Each of them.
            pub(crate) const ALL: &[Self] = &[$(Self::$problem),*];

            /// Its name within the URI, its status and its title.
            pub(super) const fn describe(self) -> (&'static str, StatusCode, &'static str) {
                match self {
                    $(Self::$problem => ($name, StatusCode::$status, $title),)*
                }
            }
        }
    };
}

problems! {
    InvalidJson: "invalid-json", BAD_REQUEST, "The body is no JSON";
    InvalidHeader: "invalid-header", BAD_REQUEST, "A header cannot be used";
    Unauthorized: "unauthorized", UNAUTHORIZED, "No valid API key or token";
    Forbidden: "forbidden", FORBIDDEN, "A permission is missing";
    OtherOrganization: "other-organization", FORBIDDEN, "It is another organization's";
    OrganizationSuspended: "organization-suspended", FORBIDDEN, "The organization is suspended";
    OrganizationUnknown: "organization-unknown", FORBIDDEN, "The token's organization is not one of here";
    NotFound: "not-found", NOT_FOUND, "There is nothing here";
    UnknownKind: "unknown-kind", NOT_FOUND, "There is no such kind of job";
    UnknownJob: "unknown-job", NOT_FOUND, "There is no such job";
    UnknownQueue: "unknown-queue", NOT_FOUND, "There is no such queue";
    UnknownBatch: "unknown-batch", NOT_FOUND, "There is no such batch";
    UnknownKey: "unknown-key", NOT_FOUND, "There is no such API key";
    UnknownOrganization: "unknown-organization", NOT_FOUND, "There is no such organization";
    MethodNotAllowed: "method-not-allowed", METHOD_NOT_ALLOWED, "The method is not allowed here";
    BodyTimeout: "body-timeout", REQUEST_TIMEOUT, "The body came too slowly";
    WrongState: "wrong-state", CONFLICT, "The job's state does not allow it";
    UniqueConflict: "unique-conflict", CONFLICT, "Another job holds the unique key";
    NothingNew: "nothing-new", CONFLICT, "None of the jobs is a new one";
    OrganizationExists: "organization-exists", CONFLICT, "There is such an organization already";
    BodyTooLarge: "body-too-large", PAYLOAD_TOO_LARGE, "The body is too large";
    ArgsTooLarge: "args-too-large", PAYLOAD_TOO_LARGE, "The args are too large";
    UnsupportedMediaType: "unsupported-media-type", UNSUPPORTED_MEDIA_TYPE, "The body must be JSON";
    InvalidRequest: "invalid-request", UNPROCESSABLE_ENTITY, "The request is not as it should be";
    InvalidArgs: "invalid-args", UNPROCESSABLE_ENTITY, "The args do not fit the kind";
    IdempotencyKeyReused: "idempotency-key-reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key belongs to another request";
    QueueFull: "queue-full", TOO_MANY_REQUESTS, "The queue is full";
    QuotaReached: "quota-reached", TOO_MANY_REQUESTS, "The tenant has as many jobs as it may";
    RateLimited: "rate-limited", TOO_MANY_REQUESTS, "Too many requests";
    Internal: "internal", INTERNAL_SERVER_ERROR, "Something went wrong here";
    EngineUnavailable: "engine-unavailable", SERVICE_UNAVAILABLE, "The engine cannot be reached";
    TokenKeysUnavailable: "token-keys-unavailable", SERVICE_UNAVAILABLE, "The keys of tokens cannot be fetched";
    StoreUnavailable: "store-unavailable", SERVICE_UNAVAILABLE, "The database cannot be reached";
    BlobsUnavailable: "blobs-unavailable", SERVICE_UNAVAILABLE, "Large args and results cannot be reached";
    Draining: "draining", SERVICE_UNAVAILABLE, "The queue is being drained";
    TooSlow: "too-slow", SERVICE_UNAVAILABLE, "The answer took too long";
    UriTooLong: "uri-too-long", URI_TOO_LONG, "Path and query are too long";
    HeadersTooLarge: "headers-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large";
}

impl ProblemType {
    /// The URI that tells it from the others.
    pub(crate) fn uri(self) -> String {
        format!("urn:windlass:problem:{}", self.describe().0)
    }
}
