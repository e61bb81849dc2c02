//! Answers that a caller who has them already need not get again.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// JSON with the tag that tells it from any other.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    json: Bytes,
    tag: HeaderValue,
    keeping: &'static str,
}

impl Content {
    /// JSON as it is sent.
    pub(crate) fn of(json: Bytes) -> Self {
        let digest = URL_SAFE_NO_PAD.encode(&Sha256::digest(&json)[..18]);
        // Letters, digits, `-` and `_` fit into any header.
        let tag = HeaderValue::try_from(format!("\"{digest}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        // Whoever keeps it asks each time whether it still holds.
        Self { json, tag, keeping: "no-cache" }
    }

    /// What is sent of `value`.
    pub(crate) fn of_value(value: &impl Serialize) -> Result<Self, Problem> {
        let json = serde_json::to_vec(value).map_err(|error| Problem::internal().because(&error))?;
        Ok(Self::of(json.into()))
    }

    /// The same, of somebody's own: no cache on the way keeps it, nor one of a browser. A caller who does so on purpose may
    /// still ask whether it holds.
    pub(crate) fn private(self) -> Self {
        Self { keeping: "no-store", ..self }
    }

    /// The answer to a request with these headers: the content, or 304 for a caller who has it.
    pub(crate) fn answer(&self, request: &HeaderMap) -> Response {
        let mut response = if self.is_known(request) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let json = HeaderValue::from_static("application/json");
            ([(CONTENT_TYPE, json)], Body::from(self.json.clone())).into_response()
        };
        let headers = response.headers_mut();
        headers.insert(ETAG, self.tag.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(self.keeping));
        response
    }

    /// Tags are compared weakly (RFC 9110, 13.1.2): what came compressed is the same content.
    fn is_known(&self, request: &HeaderMap) -> bool {
        let given = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let mut tags = given.flat_map(|value| value.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == self.tag.as_bytes())
    }
}
