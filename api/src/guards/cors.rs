use std::time::Duration;

use axum::http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use axum::http::{HeaderName, HeaderValue, Method, Uri};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// How long a browser may keep what it was told.
const KEPT: Duration = Duration::from_mins(10);

const METHODS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The web pages that may ask from a browser, by their origins: none unless they are named.
///
/// ```
/// use windlass_api::CorsOrigins;
///
/// assert!(CorsOrigins::new(["https://app.example.com"]).is_ok());
/// assert!(CorsOrigins::new(["https://app.example.com/jobs"]).is_err());
/// ```
#[derive(Debug, Clone, Default)]
pub struct CorsOrigins {
    named: Vec<HeaderValue>,
    any: bool,
}

impl CorsOrigins {
    /// Origins like `https://app.example.com`, or `*` for any page. Keys are sent by a header that pages set themselves, so a
    /// page gets no further than its own key does.
    pub fn new<'a>(origins: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidOrigin> {
        let mut allowed = Self::default();
        for origin in origins {
            if origin == "*" {
                allowed.any = true;
            } else {
                allowed.named.push(checked(origin)?);
            }
        }
        Ok(allowed)
    }

    /// What answers browsers; nothing where nobody may ask.
    pub(super) fn layer(self) -> Option<CorsLayer> {
        let origins = match (self.any, self.named) {
            (true, _) => AllowOrigin::any(),
            (false, named) if named.is_empty() => return None,
            (false, named) => AllowOrigin::list(named),
        };
        let own = HeaderName::from_static;
        Some(
            CorsLayer::new()
                .allow_origin(origins)
                .allow_methods(METHODS)
                .allow_headers([
                    AUTHORIZATION,
                    CONTENT_TYPE,
                    IF_NONE_MATCH,
                    own("idempotency-key"),
                    own("windlass-organization"),
                    own("x-request-id"),
                ])
                .expose_headers([
                    ETAG,
                    LOCATION,
                    RETRY_AFTER,
                    WWW_AUTHENTICATE,
                    own("idempotent-replayed"),
                    own("ratelimit"),
                    own("ratelimit-policy"),
                    own("x-request-id"),
                ])
                .max_age(KEPT),
        )
    }
}

/// An origin as browsers write it: scheme, host and perhaps a port, and nothing after that.
fn checked(origin: &str) -> Result<HeaderValue, InvalidOrigin> {
    let invalid = || InvalidOrigin { origin: origin.to_owned() };
    let uri: Uri = origin.parse().map_err(|_| invalid())?;
    let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme)).ok_or_else(invalid)?;
    let authority = uri.authority().ok_or_else(invalid)?;
    if format!("{scheme}://{authority}") != origin
        || authority.as_str().contains(['@', '*'])
        || origin.to_lowercase() != origin
    {
        return Err(invalid());
    }
    HeaderValue::from_str(origin).map_err(|_| invalid())
}

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{origin:?} is no origin; write it as https://app.example.com, in lower case and without a slash at the end, or *"
)]
pub struct InvalidOrigin {
    origin: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for origin in ["https://a.example", "http://localhost:3000", "http://[::1]:3000", "*"] {
            assert!(CorsOrigins::new([origin]).is_ok(), "{origin}");
        }
        for wrong in [
            "",
            "a.example",
            "https://",
            "https://a.example/",
            "https://a.example/x",
            "https://A.example",
            "https://u:p@a.example",
            "ftp://a.example",
            "https://*.example",
            "null",
        ] {
            assert!(CorsOrigins::new([wrong]).is_err(), "{wrong}");
        }
    }
}
