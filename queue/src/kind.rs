use std::fmt::Debug;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use windlass_shared::{Backoff, InvalidName, KindName, LimitKey, MaxAttempts, QueueName};

use crate::unique::UniqueBy;

/// A kind of job, as a type: its fields are the arguments.
///
/// ```
/// use windlass_queue::JobKind;
///
/// /// Resizes one picture.
/// #[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
/// #[serde(deny_unknown_fields)]
/// struct Resize {
///     path: String,
///     width: u32,
/// }
///
/// impl JobKind for Resize {
///     const NAME: &'static str = "picture.resize";
///     const QUEUE: &'static str = "pictures";
///     type Output = ();
/// }
/// ```
pub trait JobKind: Serialize + DeserializeOwned + JsonSchema + Debug + Send + 'static {
    /// The public name, like `email.send`.
    const NAME: &'static str;
    /// The queue that jobs of this kind live in.
    const QUEUE: &'static str = "default";
    /// What it does, in a sentence for those who read a catalogue.
    const SUMMARY: &'static str = "";
    /// How often a failed job is tried again, unless the enqueuer says otherwise.
    const RETRIES: u16 = 3;
    /// How long one attempt may take, unless the enqueuer says otherwise.
    const TIMEOUT: Duration = Duration::from_mins(10);
    /// Where the handler runs.
    const EXECUTION: Execution = Execution::Async;
    /// What the handler returns; it is stored as the job's result.
    type Output: Serialize + Send;

    /// The key that jobs of this kind share limits by, unless the enqueuer says otherwise.
    const LIMIT_KEY: Option<&'static str> = None;

    /// How long to wait after a failure.
    fn backoff() -> Backoff {
        Backoff::default()
    }

    /// What makes a job of this kind unique, unless the enqueuer says otherwise.
    fn unique() -> Option<UniqueBy> {
        None
    }
}

/// Where a handler runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Execution {
    /// With all others: it waits much and computes little between two `await`s.
    Async,
    /// On a thread of its own: it computes.
    Blocking,
}

/// A kind of job, as a value: what enqueuers and catalogues need to know of it.
#[derive(Debug, Clone)]
pub struct Kind {
    /// The public name.
    pub name: KindName,
    /// The queue that its jobs live in.
    pub queue: QueueName,
    /// What it does.
    pub summary: &'static str,
    /// The JSON Schema of its arguments (draft 2020-12).
    pub schema: Value,
    /// How often a job may be tried.
    pub max_attempts: MaxAttempts,
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How long to wait after a failure.
    pub backoff: Backoff,
    /// Where the handler runs.
    pub execution: Execution,
    /// The key that its jobs share limits by.
    pub limit_key: Option<LimitKey>,
    /// What makes its jobs unique.
    pub unique: Option<UniqueBy>,
}

impl Kind {
    /// The value of a type.
    pub fn of<K: JobKind>() -> Result<Self, InvalidName> {
        Ok(Self {
            name: K::NAME.parse()?,
            queue: K::QUEUE.parse()?,
            summary: K::SUMMARY,
            schema: schemars::schema_for!(K).into(),
            max_attempts: MaxAttempts::after_retries(K::RETRIES),
            timeout: K::TIMEOUT,
            backoff: K::backoff(),
            execution: K::EXECUTION,
            limit_key: K::LIMIT_KEY.map(str::parse).transpose()?,
            unique: K::unique(),
        })
    }

    /// Whether the arguments may have a field of this name, as far as the schema says.
    pub fn may_have_argument(&self, name: &str) -> bool {
        let is_closed = self.schema.get("additionalProperties") == Some(&Value::Bool(false));
        !is_closed || self.schema.get("properties").is_some_and(|fields| fields.get(name).is_some())
    }
}
