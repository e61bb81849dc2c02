use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::Bytes;
use serde_json::Value;

use crate::conditional::Content;

/// The document as it is sent.
#[derive(Debug, Clone)]
pub(super) struct Document(Content);

impl Document {
    pub(super) fn of(document: &Value) -> Self {
        Self(Content::of(Bytes::from(document.to_string())))
    }
}

/// `GET /openapi.json`
pub(super) async fn document(State(Document(content)): State<Document>, headers: HeaderMap) -> Response {
    content.answer(&headers)
}
