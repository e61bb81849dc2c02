use axum::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, ETAG, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;

/// What every answer says, unless its handler says otherwise: that nobody keeps it, that it is what it is said to be, and
/// that it is no page to be shown or framed.
const USUAL: [(HeaderName, &str); 4] = [
    (CACHE_CONTROL, "no-store"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (REFERRER_POLICY, "no-referrer"),
];

/// Adds to an answer what every answer says.
pub(crate) async fn complete(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, usual) in USUAL {
        headers.entry(name).or_insert(HeaderValue::from_static(usual));
    }
    weaken(headers);
    response
}

/// A strong tag stands for the very bytes, which are others once they are compressed (RFC 9110, 8.8.1).
fn weaken(headers: &mut HeaderMap) {
    if !headers.contains_key(CONTENT_ENCODING) {
        return;
    }
    let strong = headers.get(ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| tag.starts_with('"'));
    if let Some(weak) = strong.and_then(|tag| HeaderValue::try_from(format!("W/{tag}")).ok()) {
        headers.insert(ETAG, weak);
    }
}
