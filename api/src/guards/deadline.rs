use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::extract::Request;
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use windlass_shared::BatchId;

use crate::jobs::IdempotencyKey;
use crate::problem::{Problem, ProblemType};

/// How long an answer may take.
const LONGEST: Duration = Duration::from_secs(15);

/// What a request has set going that goes on without it. Whoever handles the request notes it here, so that a caller who
/// is not answered in time learns where to look.
#[derive(Debug, Clone, Default)]
pub(crate) struct Underway(Arc<OnceLock<BatchId>>);

impl Underway {
    /// Notes a batch that is being enqueued.
    pub(crate) fn note(&self, batch: BatchId) {
        // One request has one batch: were there another, the first one would stand.
        self.0.get_or_init(|| batch);
    }
}

/// Gives up on a request that takes too long, so that callers do not pile up.
pub(crate) async fn enforce(mut request: Request, next: Next) -> Response {
    let underway = Underway::default();
    request.extensions_mut().insert(underway.clone());
    let again = advice(&request);
    let answered = tokio::time::timeout(LONGEST, next.run(request)).await;
    answered.unwrap_or_else(|_| too_slow(underway.0.get(), again).into_response())
}

/// What to do about a request that may have taken effect or not.
fn advice(request: &Request) -> &'static str {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        "Try again."
    } else if IdempotencyKey::is_in(request.headers()) {
        "Whether the request took effect is unknown. Try again with the same Idempotency-Key, which makes that safe."
    } else {
        "Whether the request took effect is unknown. Look before you try again."
    }
}

fn too_slow(batch: Option<&BatchId>, again: &str) -> Problem {
    let no_answer = format!("There was no answer within {} s.", LONGEST.as_secs());
    let Some(batch) = batch else {
        return Problem::new(ProblemType::TooSlow, format!("{no_answer} {again}"));
    };
    let detail = format!(
        "{no_answer} The batch is still being enqueued. Do not post it again: GET /api/v1/batches/{batch} tells when \
         it is sealed, which it is once all its jobs are there."
    );
    Problem::new(ProblemType::TooSlow, detail).with("batch", batch.to_string())
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::response::Response;
    use axum::routing::any;
    use tower::ServiceExt;

    use crate::guards::{CorsOrigins, around};

    async fn hung(request: axum::http::request::Builder) -> Response {
        let hanging =
            around(Router::new().route("/", any(std::future::pending::<()>)), CorsOrigins::default());
        let response = hanging.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(response.status(), 503);
        response
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_hangs_is_answered_with_503_and_when_to_try_again() {
        let response = hung(axum::http::Request::get("/")).await;
        assert!(response.headers().contains_key("retry-after"));
        assert!(response.headers().contains_key("x-request-id"));
    }

    #[tokio::test(start_paused = true)]
    async fn an_idempotency_key_is_spoken_of_where_the_request_had_one() {
        let said = async |request| {
            let body = to_bytes(hung(request).await.into_body(), 10_000).await.unwrap();
            String::from_utf8_lossy(&body).into_owned()
        };
        let post = || axum::http::Request::post("/");
        assert!(said(post().header("idempotency-key", "a")).await.contains("the same Idempotency-Key"));
        let without = said(post()).await;
        assert!(
            without.contains("Look before you try again") && !without.contains("Idempotency-Key"),
            "{without}"
        );
        assert!(!said(axum::http::Request::get("/")).await.contains("took effect"));
    }
}
