use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::OnceCell;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use windlass_shared::{BatchId, JobId, KindName, LimitKey, MaxAttempts, Percent, TenantId, Timestamp};

use super::children::Children;
use super::memory::Memory;
use super::{JobError, JobRuntime};
use crate::engine::ClaimedJob;
use crate::rules::Scope;

/// What a handler knows of its job, and the ways in which it can speak of it and make its work last.
#[derive(Debug, Clone)]
pub struct JobContext {
    /// The job.
    pub job: JobId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Which attempt this is, from 1.
    pub attempt: u16,
    /// How many there may be.
    pub max_attempts: MaxAttempts,
    /// When the job was enqueued: the same in every attempt.
    pub created_at: Timestamp,
    /// When the attempt will have run out of time.
    pub deadline: Instant,
    kind: KindName,
    limit_key: Option<LimitKey>,
    batch: Option<BatchId>,
    expires_at: Option<Timestamp>,
    cancellation: CancellationToken,
    pub(super) shared: Arc<Shared<dyn JobRuntime>>,
}

/// What all clones of a context share.
#[derive(Debug)]
pub(super) struct Shared<R: ?Sized> {
    /// What the job has recorded; there from the start where no earlier attempt can have recorded anything.
    pub(super) memory: OnceCell<Mutex<Memory>>,
    pub(super) children: Mutex<Children>,
    /// How many steps are doing their work right now.
    pub(super) steps_at_work: AtomicUsize,
    pub(super) runtime: R,
}

impl JobContext {
    /// The longest hold.
    pub const LONGEST_HOLD: Duration = Duration::from_hours(24);

    /// The context of one attempt.
    pub fn new(
        job: &ClaimedJob,
        deadline: Instant,
        cancellation: CancellationToken,
        runtime: impl JobRuntime,
    ) -> Self {
        let memory = (!job.has_records).then(Mutex::default);
        Self {
            job: job.claim.job,
            tenant: job.tenant.clone(),
            attempt: job.attempt,
            max_attempts: job.max_attempts,
            created_at: job.created_at,
            deadline,
            kind: job.kind.clone(),
            limit_key: job.limit_key.clone(),
            batch: job.batch,
            expires_at: job.expires_at,
            cancellation,
            shared: Arc::new(Shared {
                memory: OnceCell::new_with(memory),
                children: Mutex::default(),
                steps_at_work: AtomicUsize::new(0),
                runtime,
            }),
        }
    }

    /// The batch that the job is a member of.
    pub const fn batch(&self) -> Option<BatchId> {
        self.batch
    }

    /// From when on the job is not tried again.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// The key that the job shares limits by.
    pub const fn limit_key(&self) -> Option<&LimitKey> {
        self.limit_key.as_ref()
    }

    /// Tells how far the job is, 0 to 100 (more counts as 100).
    pub fn progress(&self, percent: u8) {
        self.shared.runtime.progress(Percent::saturating(percent), None);
    }

    /// Tells how far the job is and what it is doing.
    pub fn progress_with(&self, percent: u8, message: impl Into<String>) {
        self.shared.runtime.progress(Percent::saturating(percent), Some(message.into()));
    }

    /// Writes a line into the job's log, where operators read it. Nothing personal belongs there.
    pub fn log(&self, line: impl Into<String>) {
        self.shared.runtime.log(line.into());
    }

    /// The token that is cancelled when the job should stop, for whatever reason.
    pub const fn cancellation(&self) -> &CancellationToken {
        &self.cancellation
    }

    /// Returns [`JobError::Cancelled`] when the job should stop: `context.check_cancelled()?` between two steps.
    pub fn check_cancelled(&self) -> Result<(), JobError> {
        if self.cancellation.is_cancelled() { Err(JobError::Cancelled) } else { Ok(()) }
    }

    /// Holds up, for this long (a day at most), all jobs of the queue that share this one's limit key; if it has none,
    /// all of its kind. Those that run go on. Of several holds the one that ends last counts.
    ///
    /// ```
    /// use std::time::Duration;
    /// use windlass_queue::{JobContext, JobError};
    ///
    /// /// What to do when a provider answers "429 Too Many Requests".
    /// async fn too_many(context: &JobContext, retry_after: Duration) -> JobError {
    ///     match context.hold(retry_after).await {
    ///         Ok(()) => JobError::rate_limited(retry_after, "the provider asks for patience"),
    ///         Err(error) => error,
    ///     }
    /// }
    /// ```
    pub async fn hold(&self, lasts: Duration) -> Result<(), JobError> {
        let scope = match &self.limit_key {
            Some(key) => Scope::Key(key.clone()),
            None => Scope::Kind(self.kind.clone()),
        };
        self.hold_scope(&scope, lasts).await
    }

    /// Holds up a part of the job's queue for this long: a day at most.
    pub async fn hold_scope(&self, scope: &Scope, lasts: Duration) -> Result<(), JobError> {
        let note = format!("job {} asked for it", self.job);
        self.shared.runtime.hold(scope, lasts.min(Self::LONGEST_HOLD), &note).await
    }
}
