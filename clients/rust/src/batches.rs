//! Jobs that end together.

use jiff::Timestamp;
use serde::Deserialize;

use crate::client::Client;
use crate::enqueue::{Enqueued, Item, NewJob};
use crate::error::Error;
use crate::http::Request;
use crate::id::{BatchId, JobId};

/// A batch that is to be enqueued: 1 to 1,000 jobs.
#[derive(Debug, Clone, Default)]
pub struct NewBatch {
    /// What it is for, in up to 1,024 bytes.
    pub description: String,
    /// What is enqueued when all its jobs have ended.
    pub callback: Option<NewJob>,
    /// Its jobs.
    pub jobs: Vec<NewJob>,
}

/// A batch that was accepted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EnqueuedBatch {
    /// Its id.
    pub id: BatchId,
    /// The id of its callback.
    pub callback: Option<JobId>,
    /// The answer for each job, at its place.
    pub jobs: Vec<Result<Enqueued, Error>>,
}

/// How far a batch is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct BatchView {
    /// Its id.
    pub id: BatchId,
    /// What it is for.
    pub description: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// Whether all its jobs are there.
    pub sealed: bool,
    /// When the last of them ended.
    pub finished_at: Option<Timestamp>,
    /// How many jobs it has.
    pub total: u64,
    /// How many of them have not ended.
    pub pending: u64,
    /// How many were completed.
    pub completed: u64,
    /// How many were cancelled or deleted.
    pub cancelled: u64,
    /// How many were given up.
    pub discarded: u64,
    /// How many have ended, in percent, rounded down.
    pub progress: u8,
}

#[derive(Deserialize)]
struct Accepted {
    id: BatchId,
    callback: Option<JobId>,
    jobs: Vec<Item>,
}

impl Client {
    /// Enqueues a batch.
    ///
    /// A batch is new each time it is posted, so that it is sent again only while it has certainly not been taken. When the
    /// answer is lost, the batch may be there or not: give its jobs a [`unique`](NewJob::unique) key where that matters.
    pub async fn enqueue_batch(&self, batch: &NewBatch) -> Result<EnqueuedBatch, Error> {
        let request = Request::post_each_time("/batches".to_owned()).body(batch.to_json()?);
        let Accepted { id, callback, jobs } = self.http.ask(&request).await?;
        Ok(EnqueuedBatch { id, callback, jobs: jobs.into_iter().map(Item::read).collect() })
    }

    /// How far a batch is.
    pub async fn batch(&self, id: BatchId) -> Result<BatchView, Error> {
        self.http.ask(&Request::get(format!("/batches/{id}"))).await
    }
}

impl NewBatch {
    fn to_json(&self) -> Result<Vec<u8>, Error> {
        let unusable = |error| Error::unusable("the batch", &error);
        let mut body = br#"{"description":"#.to_vec();
        body.extend(serde_json::to_vec(&self.description).map_err(unusable)?);
        if let Some(callback) = &self.callback {
            body.extend_from_slice(br#","callback":"#);
            body.extend(callback.to_json()?);
        }
        body.extend_from_slice(br#","jobs":["#);
        for (index, job) in self.jobs.iter().enumerate() {
            body.extend_from_slice(if index == 0 { b"" } else { b"," });
            body.extend(job.to_json()?);
        }
        body.extend_from_slice(b"]}");
        Ok(body)
    }
}
