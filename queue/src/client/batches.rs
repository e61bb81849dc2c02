use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

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
        if members.len() > MAX_BATCH_MEMBERS {
            return Err(BatchError::TooLarge { members: members.len() });
        }
        let callback = match callback {
            Some(callback) => Some(self.prepare(callback).await.map_err(BatchError::Callback)?),
            None => None,
        };
        let mut prepared = self.prepare_all(members).await;
        if !prepared.is_empty() && prepared.iter().all(Result::is_err) {
            return Err(BatchError::NothingNew {
                members: prepared.into_iter().filter_map(Result::err).map(Err).collect(),
            });
        }
        let keeper = keeper(callback.as_ref(), &prepared).ok_or(BatchError::Empty)?;
        let batch = self.open(keeper, description, callback).await?;
        prepared.iter_mut().flatten().for_each(|job| job.batch = Some(batch.id));
        self.join_batches(&mut prepared).await;
        let (members, batches_kept) = self.enqueue_prepared(prepared).await;

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

    async fn open(
        &self,
        keeper: Keeper,
        description: &str,
        callback: Option<NewJob>,
    ) -> Result<NewBatch, BatchError> {
        let Keeper { queue, number, tenant } = keeper;
        let id = BatchId::new(self.shared.clock.now(), number, self.shared.entropy.number());
        let description = truncated(description, MAX_TEXT_BYTES).to_owned();
        let batch = NewBatch { id, queue, tenant, description, callback };
        let opened = patiently(|| self.engine().open_batch(&batch)).await;
        opened.map_err(|error| BatchError::Unfinished { id, error: error.into() })?;
        Ok(batch)
    }

    /// Writes down the members of batches before they are enqueued, so that the end of none is missed. Those that a
    /// batch does not take are refused.
    pub(super) async fn join_batches(&self, prepared: &mut [Prepared]) {
        let members = by_batch(prepared.iter().flatten());
        for (batch, members) in members {
            let Err(error) = self.join(batch, &members).await else { continue };
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
