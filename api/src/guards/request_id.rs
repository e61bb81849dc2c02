use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tokio::time::Instant;
use tracing::{Instrument, info_span};
use windlass_shared::Entropy;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");
const MAX_CHARACTERS: usize = 64;

/// The id of a request, for those behind the guard.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// Gives every request an id, its own where it brought a usable one, and its answer the same. All that is
/// logged on the way carries it.
pub(crate) async fn mark(State(entropy): State<Arc<Entropy>>, mut request: Request, next: Next) -> Response {
    let id = brought(request.headers()).unwrap_or_else(|| format!("{:016x}", entropy.number()));
    // The route, not the path: ids in paths would make every span another one.
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str);
    let span = info_span!("http.request", request_id = %id, method = %request.method(), route);
    // What is allowed in an id fits into a header.
    let id = HeaderValue::from_str(&id).unwrap_or(const { HeaderValue::from_static("none") });
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = run(request, next).instrument(span).await;
    response.headers_mut().insert(HEADER, id);
    response
}

async fn run(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let response = next.run(request).await;
    tracing::debug!(status = response.status().as_u16(), took = ?started.elapsed(), "answered");
    response
}

/// An id that may stand in a log line: anything else would let callers write lines of their own.
fn brought(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(HEADER)?.to_str().ok()?;
    let fits = (1..=MAX_CHARACTERS).contains(&id.len());
    let sane = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:".contains(&byte));
    (fits && sane).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::Request;
    use axum::routing::get;
    use tower::ServiceExt;

    use crate::guards::{CorsOrigins, around};

    async fn answered(id: &str) -> String {
        let router = around(Router::new().route("/", get(|| async {})), CorsOrigins::default());
        let request = Request::builder().header("x-request-id", id).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        response.headers()["x-request-id"].to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_usable_id_is_kept_and_any_other_replaced() {
        assert_eq!(answered("trace-1:a.b_C").await, "trace-1:a.b_C");
        for other in ["", "two words", "line\ttab", "quote\"", &"x".repeat(65)] {
            assert_eq!(answered(other).await.len(), 16, "{other:?}");
        }
    }
}
