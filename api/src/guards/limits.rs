use axum::extract::Request;
use axum::http::{HeaderMap, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::{Problem, ProblemType};

/// How many bytes path and query may have together.
const LONGEST_URI: usize = 8 << 10;
/// How many bytes the names and values of all headers may have together.
const LARGEST_HEADERS: usize = 32 << 10;

/// Refuses a request whose head is larger than any that makes sense. The body is bounded where it is read.
pub(crate) async fn enforce(request: Request, next: Next) -> Response {
    if length(request.uri()) > LONGEST_URI {
        let detail = format!("Path and query have more than {LONGEST_URI} bytes, which is the limit.");
        return Problem::new(ProblemType::UriTooLong, detail)
            .with("limit_bytes", LONGEST_URI)
            .into_response();
    }
    if size(request.headers()) > LARGEST_HEADERS {
        let detail = format!("The headers have more than {LARGEST_HEADERS} bytes, which is the limit.");
        return Problem::new(ProblemType::HeadersTooLarge, detail)
            .with("limit_bytes", LARGEST_HEADERS)
            .into_response();
    }
    next.run(request).await
}

fn length(uri: &Uri) -> usize {
    uri.path_and_query().map_or(0, |text| text.as_str().len())
}

fn size(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum()
}
