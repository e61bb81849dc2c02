use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Problem, ProblemType};

/// How long an answer may take.
const LONGEST: Duration = Duration::from_secs(15);

/// Gives up on a request that takes too long, so that callers do not pile up.
pub(crate) async fn enforce(request: Request, next: Next) -> Response {
    tokio::time::timeout(LONGEST, next.run(request)).await.unwrap_or_else(|_| too_slow().into_response())
}

fn too_slow() -> Problem {
    let detail = format!(
        "There was no answer within {} s; whether the request took effect is unknown. Try again; an \
         Idempotency-Key makes that safe.",
        LONGEST.as_secs()
    );
    Problem::new(ProblemType::TooSlow, detail)
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt;

    use crate::guards::around;

    #[tokio::test(start_paused = true)]
    async fn a_request_that_hangs_is_answered_with_503_and_when_to_try_again() {
        let hanging = around(Router::new().route("/", get(std::future::pending::<()>)));
        let response = hanging.oneshot(axum::http::Request::new(Body::empty())).await.unwrap();
        assert_eq!(response.status(), 503);
        assert!(response.headers().contains_key("retry-after"));
        assert!(response.headers().contains_key("x-request-id"));
    }
}
