use tokio_util::task::TaskTracker;
use windlass_queue::{BatchError, EnqueueError, EnqueueRequest, Enqueued, PreparedBatch};
use windlass_shared::{Tag, TenantId};

use super::Desk;
use super::may::EnqueueJobs;
use crate::access::caller::{Queues, USER_TAG, tag_of};
use crate::access::permission::Permission;
use crate::jobs::{Owner, PostedJob};
use crate::problem::{Problem, ProblemType};

impl Desk<EnqueueJobs> {
    /// A posted job as the queue takes it, in the caller's name.
    pub(crate) fn admit(
        &self,
        mut job: PostedJob,
        idempotency_key: Option<String>,
    ) -> Result<EnqueueRequest, Problem> {
        let Owner { tenant, user } = job.take_owner();
        let tenant = self.tenant(tenant)?;
        let mut request = job.into_request(tenant, idempotency_key)?;
        self.check_queue(&request.kind)?;
        self.tag(&mut request.options.tags, user)?;
        Ok(request)
    }

    pub(crate) async fn enqueue(&self, request: EnqueueRequest) -> Result<Enqueued, EnqueueError> {
        self.floor.client.enqueue_one(request).await
    }

    pub(crate) async fn enqueue_many(
        &self,
        requests: Vec<EnqueueRequest>,
    ) -> Vec<Result<Enqueued, EnqueueError>> {
        self.floor.client.enqueue_batch(requests).await
    }

    pub(crate) async fn prepare_batch(
        &self,
        description: &str,
        callback: Option<EnqueueRequest>,
        members: Vec<EnqueueRequest>,
    ) -> Result<PreparedBatch, BatchError> {
        self.floor.client.prepare_batch(description, callback, members).await
    }

    /// What goes on after its request.
    pub(crate) fn tasks(&self) -> &TaskTracker {
        &self.floor.tasks
    }

    fn tenant(&self, named: Option<TenantId>) -> Result<TenantId, Problem> {
        let Some(named) = named else { return Ok(self.home()) };
        self.caller.reaches(&named)?;
        Ok(named)
    }

    /// Refuses a kind that lives in a queue which the caller's key is not for. What is no kind is refused further on.
    fn check_queue(&self, kind: &str) -> Result<(), Problem> {
        if self.caller.queues == Queues::All {
            return Ok(());
        }
        match self.catalog().get(kind) {
            Ok(kind) if !self.caller.queues.contain(&kind.queue) => Err(Problem::other_queue(&kind.queue)),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Notes whose job it is: the caller's, where that is a person, and that of whoever is named.
    ///
    /// Who sees only their own jobs names nobody else: it would put jobs among those of others.
    fn tag(&self, tags: &mut Vec<Tag>, user: Option<String>) -> Result<(), Problem> {
        let named = user.map(|user| tag_of(&user).ok_or_else(Problem::internal)).transpose()?;
        let own = self.caller.own.as_ref();
        if !self.caller.may(Permission::JobsRead) {
            let foreign = |tag: &Tag| tag.as_str().starts_with(USER_TAG) && Some(tag) != own;
            if tags.iter().chain(&named).any(foreign) {
                return Err(names_another());
            }
        }
        for tag in own.into_iter().chain(&named) {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        Ok(())
    }
}

fn names_another() -> Problem {
    let detail = "You see only your own jobs, so you cannot enqueue one for another user.";
    Problem::new(ProblemType::Forbidden, detail).with("permission", Permission::JobsRead.as_str())
}
