use serde_json::Value;
use windlass_jobs::operations::{BulkJobs, Selection};
use windlass_queue::{
    CancelAnswer, DeleteAnswer, EnqueueOptions, Enqueued, Job, RedriveAnswer, ReprioritizeAnswer,
};
use windlass_relay::{Found, Source};
use windlass_shared::Priority;

use super::Desk;
use super::may::ManageJobs;
use crate::access::caller::Queues;
use crate::problem::Problem;

/// Orders for jobs. Each job was found at the desk, so it is the caller's.
impl Desk<ManageJobs> {
    pub(crate) async fn cancel(&self, job: &Job) -> Result<CancelAnswer, Problem> {
        let answers = self.floor.client.engine().cancel(&[job.id]).await?;
        answers.into_iter().next().ok_or_else(Problem::internal)
    }

    pub(crate) async fn retry(&self, job: &Job, args: Option<Value>) -> Result<RedriveAnswer, Problem> {
        Ok(self.floor.client.retry(job.id, args).await?)
    }

    /// Removes a job from where it is. The recorder would take one that the queue held out of the history as well, a moment
    /// later; whoever asks for it should not find it any more.
    pub(crate) async fn delete(&self, found: &Found) -> Result<DeleteAnswer, Problem> {
        let Found { job, source } = found;
        let answer = match source {
            Source::Queue => self.floor.client.engine().delete(&[job.id]).await?.pop(),
            Source::History => Some(DeleteAnswer::Deleted(job.state)),
        };
        if matches!(answer, Some(DeleteAnswer::Deleted(_))) {
            match (self.floor.store.history().delete(&[job.id]).await, source) {
                (Ok(_), _) => {}
                // It is gone from where it was, and nobody shall be told otherwise.
                (Err(error), Source::Queue) => {
                    tracing::warn!(%error, job.id = %job.id, "the history has a deleted job until it is recorded that it is gone");
                }
                (Err(error), Source::History) => return Err(error.into()),
            }
            self.remove_blobs(job).await;
        }
        answer.ok_or_else(Problem::internal)
    }

    /// Removes what was too large for the job to carry. The job is gone by then, so what stays is swept later.
    async fn remove_blobs(&self, job: &Job) {
        let Some(blobs) = self.floor.client.blobs() else { return };
        if let Err(error) = blobs.remove_all(&job.tenant, job.id).await {
            tracing::warn!(%error, job.id = %job.id, "large values of a job that was deleted stay until they are swept");
        }
    }

    pub(crate) async fn reprioritize(
        &self,
        job: &Job,
        priority: Priority,
    ) -> Result<ReprioritizeAnswer, Problem> {
        let answers = self.floor.client.engine().reprioritize(&[job.id], priority).await?;
        answers.into_iter().next().ok_or_else(Problem::internal)
    }

    /// A selection of jobs that reaches no further than the caller.
    pub(crate) fn selection(&self, selection: Selection) -> Result<Selection, Problem> {
        let mut selection = Selection { tenant: self.caller.organization.clone(), ..selection };
        if self.caller.only_own() {
            // Whoever is no person has no jobs of their own.
            let own = self.caller.own.clone().ok_or_else(no_own_jobs)?;
            if selection.tag.as_ref().is_some_and(|tag| *tag != own) {
                return Err(Problem::at("/filter/tag", "you only reach your own jobs, so leave it out"));
            }
            selection.tag = Some(own);
        }
        if let Queues::Only(queues) = &self.caller.queues {
            let only = queues.first().filter(|_| queues.len() == 1);
            match selection.queue.as_ref().or(only) {
                Some(queue) if queues.contains(queue) => selection.queue = Some(queue.clone()),
                Some(queue) => return Err(Problem::other_queue(queue)),
                None => {
                    return Err(Problem::at("/filter/queue", "is needed: your key is for some queues only"));
                }
            }
        }
        Ok(selection)
    }

    /// Asks for a bulk operation whose selection was made at this desk.
    pub(crate) async fn bulk(
        &self,
        operation: &BulkJobs,
        idempotency_key: Option<String>,
    ) -> Result<Enqueued, Problem> {
        let tenant = self.home();
        // A person finds the operation among their own jobs.
        let tags = self.caller.own.iter().cloned().collect();
        let options = EnqueueOptions { tenant, idempotency_key, tags, ..EnqueueOptions::default() };
        Ok(self.floor.client.enqueue(operation, options).await?)
    }
}

fn no_own_jobs() -> Problem {
    Problem::at("/filter", "nothing can be yours: a key is no person")
}
