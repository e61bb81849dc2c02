use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::keys::ApiKeys;
use crate::problem::{Problem, ProblemType};

/// Lets a request pass that shows a key, and tells the handlers behind whose key it is.
pub(crate) async fn require_key(State(keys): State<ApiKeys>, mut request: Request, next: Next) -> Response {
    let Some(key) = bearer(request.headers()) else {
        return refusal("This needs an API key: send it as `Authorization: Bearer KEY`.", "Bearer");
    };
    let Some(caller) = keys.caller(key) else {
        return refusal("The API key is not one of this installation.", r#"Bearer error="invalid_token""#);
    };
    request.extensions_mut().insert(caller);
    next.run(request).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, key) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
}

fn refusal(detail: &str, challenge: &'static str) -> Response {
    let mut response = Problem::new(ProblemType::Unauthorized, detail).into_response();
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    response
}
