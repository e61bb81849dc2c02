use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use tracing::warn;
use windlass_shared::{BatchId, JobId, QueueName, QueueNumber, TenantId};

use super::{Answer, BatchError, Client, EnqueueError, EnqueueRequest, Prepared};
use crate::batch::{MAX_BATCH_MEMBERS, NewBatch};
use crate::engine::{Acceptance, BatchAnswer, EngineError, Enqueued, NewJob};
use crate::job::{Job, MAX_TEXT_BYTES, truncated};

/// How many members are told to the engine in one call.
const CHUNK: usize = 500;
/// How long a call about a batch waits before it is repeated, time after time.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(800)];

/// A batch that is checked and has its id, and of which nothing is enqueued yet: see [`Client::prepare_batch`].
#[derive(Debug)]
pub struct PreparedBatch {
    client: Client,
    batch: NewBatch,
    members: Vec<Prepared>,
}

/// A batch whose jobs are on their way.
#[derive(Debug)]
pub struct EnqueuedBatch {
    /// The batch.
    pub id: BatchId,
    /// The job that is enqueued at its end.
    pub callback: Option<JobId>,
    /// The answer for each job, in the order in which they were given. Only one that is new is a member: nobody waits
    /// for another one that stands for it.
    pub members: Vec<Result<Enqueued, EnqueueError>>,
}

impl Client {
    /// Enqueues jobs as one batch: when the last of those that were accepted has ended, `callback` is enqueued. What is
    /// wrong with one keeps no other out.
    ///
    /// A batch without jobs ends at once. One of whose jobs none was accepted as a new one is given up.
    ///
    /// It takes several calls to the engine. When the future is dropped between them, the batch stays open: what was
    /// enqueued runs, and the callback does not. Whoever may be dropped, like what answers a request, spawns it.
    ///
    /// ```
    /// use serde_json::json;
    /// use windlass_queue::{BatchError, Client, EnqueueOptions, EnqueueRequest};
    ///
    /// async fn invite(client: &Client, guests: &[String]) -> Result<(), BatchError> {
    ///     let request = |kind: &str, args| {
    ///         EnqueueRequest { kind: kind.to_owned(), args, options: EnqueueOptions::default() }
    ///     };
    ///     let invitations = guests.iter().map(|guest| request("invitation.send", json!({ "to": guest })));
    ///     let report = request("invitation.report", json!({ "guests": guests.len() }));
    ///     let batch = client.enqueue_as_batch("invitations", Some(report), invitations.collect()).await?;
    ///     for refused in batch.members.iter().filter_map(|member| member.as_ref().err()) {
    ///         eprintln!("{refused}");
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn enqueue_as_batch(
        &self,
        description: &str,
        callback: Option<EnqueueRequest>,
        members: Vec<EnqueueRequest>,
    ) -> Result<EnqueuedBatch, BatchError> {
        self.prepare_batch(description, callback, members).await?.enqueue().await
    }

    /// Checks a batch and gives it its id, without enqueueing anything. This may be dropped at any time.
    pub async fn prepare_batch(
        &self,
        description: &str,
        callback: Option<EnqueueRequest>,
        members: Vec<EnqueueRequest>,
    ) -> Result<PreparedBatch, BatchError> {
        if members.len() > MAX_BATCH_MEMBERS {
            return Err(BatchError::TooLarge { members: members.len() });
        }
        let callback = match callback {
            Some(callback) => Some(self.prepare(callback).await.map_err(BatchError::Callback)?),
            None => None,
        };
        let mut members = self.prepare_all(members).await;
        if !members.is_empty() && members.iter().all(Result::is_err) {
            return Err(BatchError::NothingNew {
                members: members.into_iter().filter_map(Result::err).map(Err).collect(),
            });
        }
        let Keeper { queue, number, tenant } =
            keeper(callback.as_ref(), &members).ok_or(BatchError::Empty)?;
        let id = BatchId::new(self.shared.clock.now(), number, self.shared.entropy.number());
        members.iter_mut().flatten().for_each(|job| job.batch = Some(id));
        let description = truncated(description, MAX_TEXT_BYTES).to_owned();
        let batch = NewBatch { id, queue, tenant, description, callback };
        Ok(PreparedBatch { client: self.clone(), batch, members })
    }

    async fn enqueue_members(
        &self,
        batch: NewBatch,
        mut members: Vec<Prepared>,
    ) -> Result<EnqueuedBatch, BatchError> {
        let opened = patiently(|| self.engine().open_batch(&batch)).await;
        opened.map_err(|error| BatchError::Unfinished { id: batch.id, error: error.into() })?;
        self.join_batches(&mut members).await;
        let (members, batches_kept) = self.enqueue_prepared(members).await;

        let unfinished = |error| BatchError::Unfinished { id: batch.id, error };
        if let Some(Err(error)) =
            members.iter().find(|answer| matches!(answer, Err(error) if error.leaves_open()))
        {
            return Err(unfinished(error.clone()));
        }
        batches_kept.map_err(|error| unfinished(error.into()))?;
        let is_new =
            |answer: &Answer| matches!(answer, Ok(enqueued) if enqueued.acceptance == Acceptance::New);
        if !members.is_empty() && !members.iter().any(is_new) {
            return Err(BatchError::NothingNew { members });
        }
        patiently(|| self.engine().seal_batch(batch.id)).await.map_err(|error| unfinished(error.into()))?;
        Ok(EnqueuedBatch { id: batch.id, callback: batch.callback.map(|job| job.id), members })
    }

    /// Writes down the members of batches before they are enqueued, so that the end of none is missed. Those that a
    /// batch does not take are refused, all that one call brings for it, and none of them stays written down. (Only where
    /// the engine cannot be reached for that either some may stay, and the batch does not end when it is sealed.)
    pub(super) async fn join_batches(&self, prepared: &mut [Prepared]) {
        let members = by_batch(prepared.iter().flatten());
        for (batch, members) in members {
            let Err(error) = self.join(batch, &members).await else { continue };
            if let Err(error) = self.strike_out(batch, &members).await {
                warn!(%batch, %error, "jobs that were refused may stay members of their batch, which does not end then");
            }
            for one in prepared.iter_mut() {
                if matches!(one, Ok(job) if job.batch == Some(batch)) {
                    *one = Err(error.clone());
                }
            }
        }
    }

    async fn join(&self, batch: BatchId, members: &[JobId]) -> Result<(), EnqueueError> {
        let refused = |rule| Err(EnqueueError::Option { name: "batch", rule });
        for members in members.chunks(CHUNK) {
            match patiently(|| self.engine().add_to_batch(batch, members)).await? {
                BatchAnswer::Applied => {}
                BatchAnswer::Sealed => return refused("is sealed and takes no more jobs; open another one"),
                BatchAnswer::Full => return refused("has at most 100000 jobs; open another one"),
                BatchAnswer::NotFound => return refused("does not exist; open it first"),
            }
        }
        Ok(())
    }

    /// Strikes out of a batch those members of which no job exists in it: one may be there from an earlier call.
    async fn strike_out(&self, batch: BatchId, members: &[JobId]) -> Result<(), EngineError> {
        for members in members.chunks(CHUNK) {
            let found = patiently(|| self.engine().get(members)).await?;
            let is_member = |job: &Option<Job>| job.as_ref().is_some_and(|job| job.batch == Some(batch));
            let outsiders = members.iter().zip(&found).filter(|(_, job)| !is_member(job));
            let outsiders: Vec<_> = outsiders.map(|(member, _)| *member).collect();
            patiently(|| self.engine().remove_from_batch(batch, &outsiders)).await?;
        }
        Ok(())
    }

    /// Strikes out of their batches the jobs that did not become members: those that were refused, and those that
    /// another job stands for. Of which that is unknown stays.
    pub(super) async fn leave_batches(
        &self,
        jobs: &[NewJob],
        answers: &[Result<Enqueued, EngineError>],
    ) -> Result<(), EngineError> {
        if jobs.iter().all(|job| job.batch.is_none()) {
            return Ok(());
        }
        let members = self.members(jobs, answers).await?;
        for (batch, outsiders) in by_batch(jobs.iter().filter(|job| !members.contains(&job.id))) {
            for outsiders in outsiders.chunks(CHUNK) {
                patiently(|| self.engine().remove_from_batch(batch, outsiders)).await?;
            }
        }
        Ok(())
    }

    /// Which of the jobs are members of their batches, or may be.
    async fn members(
        &self,
        jobs: &[NewJob],
        answers: &[Result<Enqueued, EngineError>],
    ) -> Result<HashSet<JobId>, EngineError> {
        let (mut members, mut duplicates) = (HashSet::new(), Vec::new());
        for (job, answer) in jobs.iter().zip(answers) {
            match answer.as_ref().map(|enqueued| enqueued.acceptance) {
                Ok(Acceptance::New) | Err(EngineError::Unavailable { .. }) => {
                    members.insert(job.id);
                }
                // From an earlier call, or from this one, whose answer was lost within the engine.
                Ok(Acceptance::Duplicate) => duplicates.push(job.id),
                Ok(Acceptance::Conflict | Acceptance::Replaced) | Err(_) => {}
            }
        }
        for duplicates in duplicates.chunks(CHUNK) {
            let found = patiently(|| self.engine().get(duplicates)).await?;
            let batches: BTreeMap<_, _> = jobs.iter().map(|job| (job.id, job.batch)).collect();
            let is_member = |job: &Job| batches.get(&job.id) == Some(&job.batch);
            members.extend(found.into_iter().flatten().filter(is_member).map(|job| job.id));
        }
        Ok(members)
    }
}

impl PreparedBatch {
    /// The id that the batch will have.
    pub const fn id(&self) -> BatchId {
        self.batch.id
    }

    /// Enqueues its jobs, as [`Client::enqueue_as_batch`] does.
    pub async fn enqueue(self) -> Result<EnqueuedBatch, BatchError> {
        let Self { client, batch, members } = self;
        client.enqueue_members(batch, members).await
    }
}

/// Where a batch is kept, and whose it is.
struct Keeper {
    queue: QueueName,
    number: QueueNumber,
    tenant: TenantId,
}

/// A batch is kept where its callback will live, or else its first member.
fn keeper(callback: Option<&NewJob>, members: &[Prepared]) -> Option<Keeper> {
    let job = callback.or_else(|| members.iter().flatten().next())?;
    Some(Keeper { queue: job.queue.clone(), number: job.id.queue(), tenant: job.tenant.clone() })
}

fn by_batch<'a>(jobs: impl Iterator<Item = &'a NewJob>) -> BTreeMap<BatchId, Vec<JobId>> {
    let mut members = BTreeMap::<_, Vec<_>>::new();
    for job in jobs {
        if let Some(batch) = job.batch {
            members.entry(batch).or_default().push(job.id);
        }
    }
    members
}

/// Repeats a call about a batch a few times: each can be, and one that is missing would leave the batch open.
async fn patiently<T, F>(call: impl Fn() -> F) -> Result<T, EngineError>
where
    F: Future<Output = Result<T, EngineError>>,
{
    for pause in PAUSES {
        match call().await {
            Err(EngineError::Unavailable { .. }) => tokio::time::sleep(pause).await,
            answer => return answer,
        }
    }
    call().await
}
