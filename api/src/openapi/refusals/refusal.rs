use serde_json::Value;

/// An answer that many endpoints can give.
pub(super) struct Refusal {
    pub(super) name: &'static str,
    pub(super) status: &'static str,
    pub(super) about: &'static str,
    /// Which endpoints.
    pub(super) of: fn(&Endpoint) -> bool,
}

/// What of an endpoint decides which answers it can give.
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub(super) struct Endpoint {
    pub(super) is_guarded: bool,
    has_body: bool,
    has_path: bool,
    has_query: bool,
    has_header: bool,
}

pub(super) const REFUSALS: [Refusal; 13] = [
    Refusal {
        name: "BadRequest",
        status: "400",
        about: "`invalid-json`: the body is no JSON. `invalid-header`: a header cannot be used.",
        of: |endpoint| endpoint.is_guarded || endpoint.has_body || endpoint.has_header,
    },
    Refusal {
        name: "Unauthorized",
        status: "401",
        about: "`unauthorized`: there is no key or token, or it is not valid.",
        of: |endpoint| endpoint.is_guarded,
    },
    Refusal { name: "Forbidden", status: "403", about: FOREIGN, of: |endpoint| endpoint.is_guarded },
    Refusal {
        name: "BodyTimeout",
        status: "408",
        about: "`body-timeout`: the body came too slowly.",
        of: |endpoint| endpoint.has_body,
    },
    Refusal {
        name: "TooLarge",
        status: "413",
        about: "`body-too-large` or `args-too-large`: `limit_bytes` tells how much is taken.",
        of: |endpoint| endpoint.has_body,
    },
    Refusal {
        name: "UriTooLong",
        status: "414",
        about: "`uri-too-long`: path and query have more than 8,192 bytes.",
        of: |_| true,
    },
    Refusal {
        name: "UnsupportedMediaType",
        status: "415",
        about: "`unsupported-media-type`: the body must be JSON.",
        of: |endpoint| endpoint.has_body,
    },
    Refusal {
        name: "Invalid",
        status: "422",
        about: "`invalid-request` or `invalid-args`: `errors` tells what is wrong, and where.",
        of: |endpoint| endpoint.has_body || endpoint.has_query || endpoint.has_path,
    },
    Refusal {
        name: "TooManyRequests",
        status: "429",
        about: "`rate-limited`: too many requests; `Retry-After` tells when to come again.",
        of: |endpoint| endpoint.is_guarded,
    },
    Refusal {
        name: "HeadersTooLarge",
        status: "431",
        about: "`headers-too-large`: the headers have more than 32 KiB, or there are more than 100.",
        of: |_| true,
    },
    Refusal {
        name: "Internal",
        status: "500",
        about: "`internal`: something went wrong here; the log has more under the `x-request-id`.",
        of: |_| true,
    },
    Refusal {
        name: "Unavailable",
        status: "503",
        about: "`engine-unavailable`, `store-unavailable`, `blobs-unavailable`, `draining` or `too-slow`: the same may be asked again.",
        of: |_| true,
    },
    Refusal {
        name: "NotFound",
        status: "404",
        about: "What the path names does not exist, or is not the caller's.",
        of: |endpoint| endpoint.has_path,
    },
];

/// What refuses callers whatever they may do in an organization of their own.
pub(super) const FOREIGN: &str = "`other-organization`: the request names an organization that is not the caller's. \
                       `organization-suspended`, `organization-unknown`: the caller's own cannot be used.";

impl Endpoint {
    pub(super) fn of(path: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array();
        let has = |place: &str| parameters.into_iter().flatten().any(|parameter| parameter["in"] == place);
        Self {
            is_guarded: path.starts_with("/api/"),
            has_body: operation.get("requestBody").is_some(),
            has_path: has("path"),
            has_query: has("query"),
            has_header: has("header"),
        }
    }
}
