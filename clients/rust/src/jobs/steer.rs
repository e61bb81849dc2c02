//! Orders for one job, and the question why it does not run.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::JobState;
use crate::client::Client;
use crate::error::Error;
use crate::http::{Earlier, Exchange, Request};
use crate::id::JobId;

/// A job after an order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct Steered {
    /// Its id.
    pub id: JobId,
    /// Its state.
    pub state: JobState,
    /// Whether its worker has been told to stop, and the job goes on until it does.
    #[serde(default)]
    pub cancel_requested: bool,
}

/// What holds a job up, what counts first coming first. None at all: it runs, it is over, or it is next.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct Why {
    /// Its id.
    pub job: JobId,
    /// Its state.
    pub state: JobState,
    /// Each with its name in `reason`, such as `no_workers`, and what belongs to it.
    pub reasons: Vec<Value>,
}

#[derive(Serialize)]
struct OtherArgs<'a, A> {
    args: &'a A,
}

impl Client {
    /// Cancels the job: at once, or by request to the worker that runs it.
    pub async fn cancel(&self, id: JobId) -> Result<Steered, Error> {
        self.http.ask(&Request::post(format!("/jobs/{id}/cancel"))).await
    }

    /// Runs the job now, or again.
    ///
    /// It is sent again only while it has certainly not been taken: a job that was over meanwhile would run once more. When the
    /// answer is lost, look at the job.
    pub async fn retry(&self, id: JobId) -> Result<Steered, Error> {
        self.http.ask(&retry(id)).await
    }

    /// Runs the job now, or again, with other arguments. See [`retry`](Self::retry).
    pub async fn retry_with<A: Serialize + Sync>(&self, id: JobId, args: &A) -> Result<Steered, Error> {
        self.http.ask(&retry(id).json(&OtherArgs { args })?).await
    }

    /// Removes the job, unless it runs.
    pub async fn delete(&self, id: JobId) -> Result<(), Error> {
        let Exchange { outcome, earlier } = self.http.exchange(&Request::delete(format!("/jobs/{id}"))).await;
        match outcome {
            Ok(_nothing) => Ok(()),
            // It was there when it was first asked for, as far as anybody knows, and it is not there now.
            Err(Error::Refused(problem)) if problem.status == 404 && earlier == Earlier::Unknown => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Why the job does not run.
    pub async fn why(&self, id: JobId) -> Result<Why, Error> {
        self.http.ask(&Request::get(format!("/jobs/{id}/why"))).await
    }
}

fn retry(id: JobId) -> Request {
    Request::post_each_time(format!("/jobs/{id}/retry"))
}
