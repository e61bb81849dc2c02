use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use windlass_shared::{JobId, TenantId};

use super::{JobContext, JobError};
use crate::client::{EnqueueOptions, EnqueueRequest};
use crate::engine::NewJob;
use crate::kind::JobKind;

/// How many jobs may follow from one.
pub const MAX_CHILDREN: usize = 1_000;
/// How many bytes of arguments these may have together: they are accepted in one step.
pub const MAX_CHILD_BYTES: usize = 1_024 * 1_024;

/// The jobs that are to follow from one.
#[derive(Debug, Default)]
pub(super) struct Children {
    jobs: Vec<NewJob>,
    bytes: usize,
}

impl Children {
    fn add(&mut self, child: NewJob) -> Result<(), JobError> {
        let bytes = self.bytes + child.args.len();
        if self.jobs.len() == MAX_CHILDREN || bytes > MAX_CHILD_BYTES {
            return Err(JobError::permanent(format!(
                "at most {MAX_CHILDREN} jobs with {MAX_CHILD_BYTES} bytes of args together may follow from one; \
                 enqueue some that enqueue the others"
            )));
        }
        self.bytes = bytes;
        self.jobs.push(child);
        Ok(())
    }
}

impl JobContext {
    /// Enqueues a job that follows from this one. It is checked at once, and accepted in the same step in which this
    /// job is completed: all children or none, once, whatever quotas say. They are dropped when this attempt ends in
    /// any other way, since the next one enqueues them again.
    ///
    /// A [`step`](Self::step) cannot enqueue them: should this attempt fail after the step, the next one passes the step over
    /// and would lose them. Enqueue them behind it, where every attempt comes by; and not beside it either, since a job
    /// cannot tell one from the other.
    ///
    /// The child is of this job's tenant, unless `options` name another one. It cannot become a member of a batch.
    ///
    /// ```
    /// # use async_trait::async_trait;
    /// # use windlass_queue::JobKind;
    /// use windlass_queue::{EnqueueOptions, Handler, JobContext, JobError};
    ///
    /// # #[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    /// # struct Import { path: String }
    /// # impl JobKind for Import { const NAME: &'static str = "import"; type Output = (); }
    /// # #[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    /// # struct Announce { path: String }
    /// # impl JobKind for Announce { const NAME: &'static str = "announce"; type Output = (); }
    /// struct Importer;
    ///
    /// #[async_trait]
    /// impl Handler<Import> for Importer {
    ///     async fn run(&self, args: Import, context: &JobContext) -> Result<(), JobError> {
    ///         // … and when the import is done, it is announced.
    ///         context.enqueue(&Announce { path: args.path }, EnqueueOptions::default()).await?;
    ///         Ok(())
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// A permanent one when the child cannot be accepted, when a step is at work, or when there are more than [`MAX_CHILDREN`] or they have more
    /// than [`MAX_CHILD_BYTES`].
    pub async fn enqueue<K: JobKind + Sync>(
        &self,
        args: &K,
        mut options: EnqueueOptions,
    ) -> Result<JobId, JobError> {
        if options.batch.is_some() {
            return Err(JobError::permanent(
                "a job that follows from another cannot become a member of a batch",
            ));
        }
        if self.shared.steps_at_work.load(Ordering::SeqCst) > 0 {
            return Err(JobError::permanent(format!(
                "a step cannot enqueue jobs that follow: the next attempt would pass the step over and lose them; \
                 enqueue {} after the step has returned",
                K::NAME,
            )));
        }
        if options.tenant == TenantId::default() {
            options.tenant = self.tenant.clone();
        }
        let args = serde_json::to_value(args)
            .map_err(|error| JobError::permanent(format!("the args of {} are no JSON: {error}", K::NAME)))?;
        let request = EnqueueRequest { kind: K::NAME.to_owned(), args, options };
        let child = self.shared.runtime.prepare_child(request).await?;
        let id = child.id;
        self.shared.children.lock().unwrap_or_else(PoisonError::into_inner).add(child)?;
        Ok(id)
    }

    /// Takes the jobs that follow, once the work is done.
    pub(crate) fn take_children(&self) -> Vec<NewJob> {
        std::mem::take(&mut *self.shared.children.lock().unwrap_or_else(PoisonError::into_inner)).jobs
    }
}
