use std::fmt;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A refusal in the words of the server (RFC 9457), or what could be made out of one that has none.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Problem {
    /// Its type, such as `urn:windlass:problem:unknown-kind`; `about:blank` when the status says it all.
    pub type_uri: String,
    /// Its type in words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time, and what to do about it.
    pub detail: String,
    /// After how long the same may be asked again, where the server said so.
    pub retry_after: Option<Duration>,
    /// Under which id the log of the server has more.
    pub request_id: Option<String>,
    /// What else it tells: `errors` with a `path` and a `message` each, `nearest`, `limit`, ….
    pub members: Map<String, Value>,
}

/// The document.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "type")]
    type_uri: String,
    title: String,
    status: Option<u16>,
    #[serde(default)]
    detail: String,
    #[serde(flatten)]
    members: Map<String, Value>,
}

/// How much is repeated of an answer that is no problem document.
const EXCERPT_CHARACTERS: usize = 200;

impl Problem {
    /// What an answer with an error's status says.
    pub(crate) fn of(
        status: u16,
        retry_after: Option<Duration>,
        request_id: Option<String>,
        body: &[u8],
    ) -> Self {
        let problem = match serde_json::from_slice::<Document>(body) {
            Ok(document) => Self { status, ..Self::from(document) },
            Err(_) => Self::without_document(status, body),
        };
        Self { retry_after, request_id, ..problem }
    }

    /// What the server says of one job among many.
    pub(crate) fn of_item(document: Value) -> Result<Self, serde_json::Error> {
        serde_json::from_value::<Document>(document).map(Self::from)
    }

    /// The last part of its type, such as `unknown-kind`.
    pub fn name(&self) -> &str {
        self.type_uri.rsplit(':').next().unwrap_or_default()
    }

    /// Whether it may be gone when the same is asked again later.
    pub fn is_transient(&self) -> bool {
        match self.status {
            429 | 502 | 503 | 504 => true,
            // The first request with this idempotency key is worked on: the only conflict that passes by itself.
            409 => self.name() == "still-running",
            _ => false,
        }
    }

    fn without_document(status: u16, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        Self {
            type_uri: "about:blank".to_owned(),
            title: format!("Status {status}"),
            status,
            detail: text.trim().chars().take(EXCERPT_CHARACTERS).collect(),
            retry_after: None,
            request_id: None,
            members: Map::new(),
        }
    }
}

impl From<Document> for Problem {
    fn from(document: Document) -> Self {
        let Document { type_uri, title, status, detail, members } = document;
        let status = status.unwrap_or_default();
        Self { type_uri, title, status, detail, retry_after: None, request_id: None, members }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.title, self.status)?;
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        match &self.request_id {
            Some(id) => write!(f, " [request {id}]"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_document_is_read_with_all_its_members() {
        let body = br#"{"type":"urn:windlass:problem:queue-full","title":"The queue is full","status":429,
            "detail":"The queue email is full.","queue":"email","limit":10}"#;
        let problem = Problem::of(429, Some(Duration::from_secs(2)), Some("ab12".to_owned()), body);
        assert_eq!(problem.name(), "queue-full");
        assert_eq!(problem.members["limit"], 10);
        assert!(problem.is_transient());
        assert_eq!(problem.to_string(), "The queue is full (429): The queue email is full. [request ab12]");
    }

    #[test]
    fn what_a_gateway_says_in_its_own_way_is_a_problem_too() {
        let problem = Problem::of(502, None, None, b"<html>Bad Gateway</html>");
        assert_eq!((problem.name(), problem.status), ("blank", 502));
        assert!(problem.is_transient() && problem.detail.contains("Bad Gateway"));
    }

    #[test]
    fn the_only_conflict_that_passes_is_a_request_that_is_worked_on() {
        let conflict = |name| {
            let body = format!(r#"{{"type":"urn:windlass:problem:{name}","title":"Conflict","status":409}}"#);
            Problem::of(409, None, None, body.as_bytes())
        };
        assert!(conflict("still-running").is_transient());
        assert!(!conflict("wrong-state").is_transient());
    }
}
