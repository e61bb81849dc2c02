//! A request, and what came back.

use std::net::SocketAddr;

use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

/// A request in the making.
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, &'static str)>,
    pub(crate) body: Body,
    /// Where it comes from, as a socket would tell it.
    pub(crate) from: Option<SocketAddr>,
}

impl Ask {
    pub(crate) fn get(path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            headers: Vec::new(),
            body: Body::empty(),
            from: None,
        }
    }

    pub(crate) fn post(path: &str, body: impl Into<Body>) -> Self {
        Self { method: Method::POST, body: body.into(), ..Self::get(path) }
    }

    pub(crate) fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// From this address.
    pub(crate) fn from(self, address: SocketAddr) -> Self {
        Self { from: Some(address), ..self }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Checks that this is an answer of that status, and returns its body.
    #[track_caller]
    pub(crate) fn body(&self, status: u16) -> &Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        &self.body
    }

    /// Checks that this is a complete problem of that status and type, and returns its body.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, name: &str) -> &Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        assert_eq!(self.body["type"], format!("urn:windlass:problem:{name}"), "{self:?}");
        assert_eq!(self.body["status"], status, "{self:?}");
        assert!(self.body["title"].is_string() && self.body["detail"].is_string(), "{self:?}");
        assert!(!self.header("x-request-id").is_empty(), "{self:?}");
        &self.body
    }
}
