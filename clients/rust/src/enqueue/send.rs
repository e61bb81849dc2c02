use serde::Deserialize;
use serde_json::Value;

use super::many::{Portion, portions};
use super::{Enqueued, IdempotencyKey, Item, Job, NewJob};
use crate::client::Client;
use crate::error::Error;
use crate::http::Request;

#[derive(Deserialize)]
struct Items {
    jobs: Vec<Item>,
}

impl Client {
    /// Enqueues a job with nothing special about it. See [`enqueue_new`](Self::enqueue_new).
    pub async fn enqueue<J: Job>(&self, job: &J) -> Result<Enqueued<J::Output>, Error> {
        self.enqueue_new(NewJob::of(job)?).await
    }

    /// Enqueues a job under an idempotency key that is made for it, so that it is there once, however often the request has
    /// to be sent.
    ///
    /// When the answer is an error that [`is_transient`](Error::is_transient), the job may be there or not: to be able to ask
    /// again yourself, give a key of your own to [`enqueue_under`](Self::enqueue_under).
    pub async fn enqueue_new<O>(&self, job: NewJob<O>) -> Result<Enqueued<O>, Error> {
        self.enqueue_under(IdempotencyKey::fresh()?, job).await
    }

    /// The same under your own key: a job that came before with the same key is the answer.
    pub async fn enqueue_under<O>(&self, key: IdempotencyKey, job: NewJob<O>) -> Result<Enqueued<O>, Error> {
        let request = Request::post_once("/jobs".to_owned(), key).body(job.to_json()?);
        Enqueued::read(self.http.ask::<Value>(&request).await?)
    }

    /// Enqueues any number of jobs, in portions of up to 1,000 jobs and 4 MiB, and answers for each job at its place.
    ///
    /// A job that is refused keeps no other out. When a portion is not answered, that error stands for each of its jobs, and
    /// for those of the portions behind it, which are not sent any more.
    pub async fn enqueue_many<O>(
        &self,
        jobs: impl IntoIterator<Item = NewJob<O>>,
    ) -> Result<Vec<Result<Enqueued<O>, Error>>, Error> {
        self.enqueue_many_under(&IdempotencyKey::fresh()?, jobs).await
    }

    /// The same under your own key, of which that of each portion is made: the same jobs in the same order may be enqueued
    /// again under it, and those that are there already are not doubled.
    ///
    /// It fails as a whole only when a job or the key cannot be sent at all; nothing has been sent then.
    pub async fn enqueue_many_under<O>(
        &self,
        key: &IdempotencyKey,
        jobs: impl IntoIterator<Item = NewJob<O>>,
    ) -> Result<Vec<Result<Enqueued<O>, Error>>, Error> {
        let written = jobs.into_iter().map(|job| job.to_json()).collect::<Result<Vec<_>, _>>()?;
        let count = written.len();
        let portions = portions(written);
        let keys = (0..portions.len()).map(|index| key.of_portion(index)).collect::<Result<Vec<_>, _>>()?;
        let mut answers = Vec::with_capacity(count);
        for (portion, key) in portions.into_iter().zip(keys) {
            match self.send_portion(key, portion).await {
                Ok(items) => answers.extend(items.into_iter().map(Item::read)),
                Err(error) => {
                    let left = count - answers.len();
                    answers.extend((0..left).map(|_| Err(error.clone())));
                    break;
                }
            }
        }
        Ok(answers)
    }

    async fn send_portion(&self, key: IdempotencyKey, portion: Portion) -> Result<Vec<Item>, Error> {
        let expected = portion.jobs;
        let request = Request::post_once("/jobs/batch".to_owned(), key).body(portion.body);
        let Items { jobs } = self.http.ask(&request).await?;
        if jobs.len() != expected {
            let reason = format!("it is for {} jobs, and {expected} were sent", jobs.len());
            let mismatch = <serde_json::Error as serde::de::Error>::custom(reason);
            return Err(Error::unreadable("the answer for many jobs", mismatch));
        }
        Ok(jobs)
    }
}
