//! The document in a browser, from nothing but this binary.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use utoipa_swagger_ui::Config;

use crate::problem::{Problem, ProblemType};

/// Scripts come from here alone, and requests go here alone. The page sets styles on its elements as it draws them, and
/// its icons are part of its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files that are about this server; the others are the same until there is another version.
const OWN: [&str; 2] = ["index.html", "swagger-initializer.js"];

/// `GET /docs`
pub(super) async fn moved() -> Redirect {
    Redirect::permanent("/docs/")
}

/// `GET /docs/`
pub(super) async fn index() -> Result<Response, Problem> {
    shown("index.html")
}

/// `GET /docs/{file}`
pub(super) async fn file(Path(file): Path<String>) -> Result<Response, Problem> {
    shown(&file)
}

fn shown(file: &str) -> Result<Response, Problem> {
    // The key that somebody enters to try things out is forgotten when the page is left.
    let config = Config::from("/openapi.json").use_base_layout().deep_linking(true).validator_url("none");
    let found = utoipa_swagger_ui::serve(file, Arc::new(config))
        .map_err(|error| Problem::internal().because(error.as_ref()))?;
    let Some(found) = found else {
        return Err(Problem::new(ProblemType::NotFound, "The page has no such file."));
    };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (
            CONTENT_TYPE,
            HeaderValue::try_from(found.content_type).unwrap_or(HeaderValue::from_static("text/plain")),
        ),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (
            CACHE_CONTROL,
            HeaderValue::from_static(if OWN.contains(&file) { "no-cache" } else { "max-age=3600" }),
        ),
    ];
    Ok((headers, found.bytes.into_owned()).into_response())
}
