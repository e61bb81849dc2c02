use bytes::Bytes;
use reqwest::Method;
use serde::Serialize;

use crate::enqueue::IdempotencyKey;
use crate::error::Error;

/// What is asked of the server. Each time it is sent, it is the same to the byte.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Below `/api/v1`.
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Bytes>,
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) repeat: Repeat,
}

/// Whether a request may be sent again when nobody knows what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Its effect is the same however often it arrives.
    Harmless,
    /// A second one would do it a second time, so it is sent again only when the first had no effect.
    Doubles,
}

impl Request {
    pub(crate) fn get(path: String) -> Self {
        Self { query: Vec::new(), body: None, key: None, repeat: Repeat::Harmless, path, method: Method::GET }
    }

    pub(crate) fn delete(path: String) -> Self {
        Self { method: Method::DELETE, ..Self::get(path) }
    }

    /// A request that comes to the same however often it arrives.
    pub(crate) fn post(path: String) -> Self {
        Self { method: Method::POST, ..Self::get(path) }
    }

    /// A request that takes effect once, since the key goes with it.
    pub(crate) fn post_once(path: String, key: IdempotencyKey) -> Self {
        Self { key: Some(key), ..Self::post(path) }
    }

    /// A request that takes effect each time it arrives.
    pub(crate) fn post_each_time(path: String) -> Self {
        Self { repeat: Repeat::Doubles, ..Self::post(path) }
    }

    pub(crate) fn json(self, body: &impl Serialize) -> Result<Self, Error> {
        let body = serde_json::to_vec(body).map_err(|error| Error::unusable("the body", &error))?;
        Ok(self.body(body))
    }

    pub(crate) fn body(self, body: Vec<u8>) -> Self {
        Self { body: Some(body.into()), ..self }
    }

    pub(crate) fn query(self, query: Vec<(&'static str, String)>) -> Self {
        Self { query, ..self }
    }

    /// Method and path, for messages.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}
