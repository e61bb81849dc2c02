use std::panic::AssertUnwindSafe;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::problem::Problem;

/// Turns a panic into an answer. What it said was written by the panic hook and is not for the caller.
pub(crate) async fn contain(request: Request, next: Next) -> Response {
    // The request is gone with the panic, so nobody sees a state that it left half-changed.
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a request ended in a panic");
        Problem::internal().into_response()
    })
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::routing::get;
    use tower::ServiceExt;

    use crate::guards::{CorsOrigins, around};

    async fn faulty() {
        panic!("the password is hunter2");
    }

    #[tokio::test]
    async fn a_panic_is_answered_with_500_and_without_what_it_said() {
        let router = around(Router::new().route("/", get(faulty)), CorsOrigins::default());
        let response = router.oneshot(axum::http::Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert!(response.headers().contains_key("x-request-id"));
        let body = to_bytes(response.into_body(), 10_000).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("hunter2"));
    }
}
