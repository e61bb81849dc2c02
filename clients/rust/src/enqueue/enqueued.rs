use std::marker::PhantomData;

use serde::Deserialize;
use serde_json::Value;

use crate::error::Error;
use crate::http::Problem;
use crate::id::JobId;
use crate::jobs::JobState;

/// The answer for a job that was accepted. `Output` is what it results in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Enqueued<Output = Value> {
    /// The id of the job that stands for what was asked.
    pub id: JobId,
    /// Its state.
    pub state: JobState,
    /// In which way it was accepted.
    pub acceptance: Acceptance,
    output: PhantomData<fn() -> Output>,
}

/// In which way a job was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Acceptance {
    /// It is a new job.
    New,
    /// The same idempotency key came before.
    Duplicate,
    /// Another job holds the unique key and is the answer.
    Conflict,
    /// Another job has taken over the content.
    Replaced,
    /// In a way that this client does not know.
    #[serde(other)]
    Unknown,
}

/// As the API writes it.
#[derive(Debug, Deserialize)]
struct Read {
    id: JobId,
    state: JobState,
    acceptance: Acceptance,
}

/// The answer for one job among many.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Item {
    Refused { error: Value },
    Accepted(Value),
}

impl<Output> Enqueued<Output> {
    pub(super) fn read(answer: Value) -> Result<Self, Error> {
        let Read { id, state, acceptance } = serde_json::from_value(answer)
            .map_err(|error| Error::unreadable("the answer for a job", error))?;
        Ok(Self { id, state, acceptance, output: PhantomData })
    }
}

impl Item {
    pub(crate) fn read<Output>(self) -> Result<Enqueued<Output>, Error> {
        match self {
            Self::Accepted(answer) => Enqueued::read(answer),
            Self::Refused { error } => match Problem::of_item(error) {
                Ok(problem) => Err(Error::Refused(Box::new(problem))),
                Err(error) => Err(Error::unreadable("the answer for a job", error)),
            },
        }
    }
}
