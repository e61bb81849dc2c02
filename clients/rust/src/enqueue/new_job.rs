use std::marker::PhantomData;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::Job;
use super::options::{Backoff, Expiry, Unique, When, WrittenBackoff, WrittenUnique, millis};
use crate::error::Error;

/// A job that is to be enqueued, with what may be asked for it. `Output` is what it results in.
///
/// ```
/// # use std::time::Duration;
/// use windlass_client::NewJob;
///
/// let job = NewJob::untyped("email.send", serde_json::json!({ "to": ["ada@example.com"] }))
///     .priority(0)
///     .delay(Duration::from_secs(60))
///     .tag("newsletter");
/// ```
#[derive(Debug, Clone)]
#[must_use = "a job has to be enqueued"]
pub struct NewJob<Output = Value> {
    written: Written,
    output: PhantomData<fn() -> Output>,
}

/// As the API takes it.
#[derive(Debug, Clone, Serialize)]
struct Written {
    kind: String,
    args: Value,
    #[serde(flatten)]
    options: Options,
}

#[derive(Debug, Clone, Default, Serialize)]
struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in_ms: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attempts: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    backoff: Option<WrittenBackoff>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unique: Option<WrittenUnique>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
}

impl NewJob {
    /// A job of any kind with any arguments.
    pub fn untyped(kind: impl Into<String>, args: Value) -> Self {
        let written = Written { kind: kind.into(), args, options: Options::default() };
        Self { written, output: PhantomData }
    }
}

impl<Output> NewJob<Output> {
    /// A job of a kind that is a type. It is refused when its fields cannot be written as JSON.
    pub fn of<J: Job<Output = Output>>(job: &J) -> Result<Self, Error> {
        let args = serde_json::to_value(job).map_err(|error| Error::unusable("the job", &error))?;
        let written = Written { kind: J::KIND.to_owned(), args, options: Options::default() };
        Ok(Self { written, output: PhantomData })
    }

    /// From 0, which comes first, to 9.
    pub fn priority(mut self, priority: u8) -> Self {
        self.written.options.priority = Some(priority);
        self
    }

    /// When it may start; usually at once.
    pub fn when(mut self, when: When) -> Self {
        let options = &mut self.written.options;
        (options.run_at, options.delay_ms) = match when {
            When::At(instant) => (Some(instant), None),
            When::After(delay) => (None, Some(millis(delay))),
        };
        self
    }

    /// It may start at this instant.
    pub fn run_at(self, instant: Timestamp) -> Self {
        self.when(When::At(instant))
    }

    /// It may start this long after it was accepted.
    pub fn delay(self, delay: Duration) -> Self {
        self.when(When::After(delay))
    }

    /// From when on it is not worth starting.
    pub fn expires(mut self, expiry: Expiry) -> Self {
        let options = &mut self.written.options;
        (options.expires_at, options.expires_in_ms) = match expiry {
            Expiry::At(instant) => (Some(instant), None),
            Expiry::After(wait) => (None, Some(millis(wait))),
        };
        self
    }

    /// One more tag to find it by.
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.written.options.tags.push(tag.into());
        self
    }

    /// How often it is attempted at the most; usually as often as its kind says.
    pub fn max_attempts(mut self, attempts: u16) -> Self {
        self.written.options.max_attempts = Some(attempts);
        self
    }

    /// How long one attempt may take, in whole milliseconds; usually as long as its kind says.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.written.options.timeout_ms = Some(millis(limit));
        self
    }

    /// How long it waits after a failed attempt; usually as long as its kind says.
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.written.options.backoff = Some(backoff.into());
        self
    }

    /// The key under which limits count it.
    pub fn limit_key(mut self, key: impl Into<String>) -> Self {
        self.written.options.limit_key = Some(key.into());
        self
    }

    /// That it is the only one of its sort.
    pub fn unique(mut self, unique: Unique) -> Self {
        self.written.options.unique = Some(unique.into());
        self
    }

    /// Whose job it is within the organization.
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.written.options.user = Some(user.into());
        self
    }

    /// Whose job it is; only an operator's key may name another organization than its own.
    pub fn organization(mut self, organization: impl Into<String>) -> Self {
        self.written.options.tenant = Some(organization.into());
        self
    }

    /// The job in JSON, as it is sent.
    pub(crate) fn to_json(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(&self.written).map_err(|error| Error::unusable("the job", &error))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::enqueue::{OnConflict, Until};

    fn written(job: &NewJob) -> Value {
        serde_json::from_slice(&job.to_json().unwrap()).unwrap()
    }

    #[test]
    fn what_is_not_asked_for_is_not_sent() {
        let job = NewJob::untyped("text.count", json!({ "text": "a" }));
        assert_eq!(written(&job), json!({ "kind": "text.count", "args": { "text": "a" } }));
    }

    #[test]
    fn every_option_is_written_as_the_api_reads_it() {
        let second = Duration::from_secs(1);
        let job = NewJob::untyped("a.b", json!({}))
            .priority(0)
            .delay(second)
            .expires(Expiry::After(second * 2))
            .tag("one")
            .tag("two")
            .max_attempts(3)
            .timeout(second * 3)
            .backoff(Backoff::Exponential { base: second, most: second * 9 })
            .limit_key("customer-7")
            .unique(Unique {
                args: Some(vec!["id".to_owned()]),
                until: Until::Period(second * 60),
                on_conflict: OnConflict::KeepLatest,
            });
        assert_eq!(
            written(&job),
            json!({
                "kind": "a.b", "args": {}, "priority": 0, "delay_ms": 1_000, "expires_in_ms": 2_000,
                "tags": ["one", "two"], "max_attempts": 3, "timeout_ms": 3_000,
                "backoff": { "type": "exponential", "base_ms": 1_000, "most_ms": 9_000 },
                "limit_key": "customer-7",
                "unique": {
                    "args": ["id"], "until": "period", "period_ms": 60_000, "on_conflict": "keep_latest",
                },
            })
        );
    }

    #[test]
    fn the_last_word_on_when_it_starts_counts() {
        let instant: Timestamp = "2030-01-02T03:04:05Z".parse().unwrap();
        let job = NewJob::untyped("a.b", json!({})).delay(Duration::from_secs(1)).run_at(instant);
        assert_eq!(written(&job), json!({ "kind": "a.b", "args": {}, "run_at": "2030-01-02T03:04:05Z" }));
    }
}
