use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::JobState;
use crate::client::Client;
use crate::error::Error;
use crate::http::Request;
use crate::id::{BatchId, JobId};

/// A job with what is known of it. What a newer server tells besides is in [`more`](Self::more).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct JobView {
    /// Its id.
    pub id: JobId,
    /// What kind it is.
    pub kind: String,
    /// The queue it lives in.
    pub queue: String,
    /// The organization that it belongs to.
    #[serde(default, rename = "tenant")]
    pub organization: String,
    /// Where it is in its life.
    pub state: JobState,
    /// From 0, which comes first, to 9.
    #[serde(default)]
    pub priority: u8,
    /// The attempts used so far, one that is running included.
    #[serde(default)]
    pub attempt: u16,
    /// How many there may be.
    #[serde(default)]
    pub max_attempts: u16,
    /// Whether somebody asked for its cancellation while it ran.
    #[serde(default)]
    pub cancel_requested: bool,
    /// How far it is, from 0 to 100.
    #[serde(default)]
    pub progress: u8,
    /// What it says of how far it is.
    #[serde(default)]
    pub message: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Its arguments.
    #[serde(default)]
    pub args: Value,
    /// What it resulted in.
    #[serde(default)]
    pub result: Option<Value>,
    /// The batch that it belongs to.
    #[serde(default)]
    pub batch: Option<BatchId>,
    /// How its attempts failed, the last ones of them, oldest first.
    #[serde(default)]
    pub errors: Vec<PastError>,
    /// What it wrote into its log, the last lines of it.
    #[serde(default)]
    pub logs: Vec<LogLine>,
    /// When it was enqueued.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
    /// When it may start, or might.
    #[serde(default)]
    pub run_at: Option<Timestamp>,
    /// From when on it is not worth starting.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// When its newest attempt started.
    #[serde(default)]
    pub attempted_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default)]
    pub finished_at: Option<Timestamp>,
    /// What else the server tells.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// How an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PastError {
    /// Which attempt.
    pub attempt: u16,
    /// When.
    pub at: Timestamp,
    /// In which way: `transient`, `permanent`, `panic`, `timeout`, `undecodable`, `poison` or `expired`.
    pub reason: String,
    /// In words.
    pub message: String,
}

/// A line of a job's log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct LogLine {
    /// When.
    pub at: Timestamp,
    /// In which attempt.
    pub attempt: u16,
    /// The line.
    pub line: String,
}

impl JobView {
    /// What it resulted in, as a type; [`Error::Unsuccessful`] unless it is completed.
    pub fn output<T: DeserializeOwned>(self) -> Result<T, Error> {
        if self.state != JobState::Completed {
            return Err(Error::Unsuccessful(Box::new(self)));
        }
        serde_json::from_value(self.result.unwrap_or_default())
            .map_err(|error| Error::unreadable(format!("the result of the job {}", self.id), error))
    }
}

impl Client {
    /// The job, with all that is known of it.
    pub async fn get(&self, id: JobId) -> Result<JobView, Error> {
        self.http.ask(&Request::get(format!("/jobs/{id}"))).await
    }
}
