use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use windlass_shared::StepName;

use super::{JobContext, JobError};
use crate::engine::{Fenced, MAX_STEP_BYTES, MAX_STEPS, Records, StepAnswer};
use crate::job::MAX_PAYLOAD_BYTES;

/// Counts a step as long as it does its work, however that ends.
struct AtWork<'a>(&'a AtomicUsize);

impl<'a> AtWork<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// What a job has recorded, in this attempt and in earlier ones.
#[derive(Debug, Default)]
pub(super) struct Memory {
    steps: BTreeMap<StepName, Bytes>,
    checkpoint: Option<Bytes>,
}

impl From<Records> for Memory {
    fn from(records: Records) -> Self {
        Self { steps: records.steps.into_iter().collect(), checkpoint: records.checkpoint }
    }
}

impl JobContext {
    /// Does a part of the work once, however often the job is tried: its result is recorded before this returns, and
    /// an attempt that comes to a step with a result gets that result without doing the work.
    ///
    /// A name stands for one step of the job. Two steps of the same name, in one attempt too, have one result: that of
    /// the first. Every attempt sees what was recorded, so what `T` leaves out of its JSON is lost in all of them. An
    /// error of the work is not recorded: the next attempt does it again.
    ///
    /// A process that dies between the end of the work and its record has done it and does not know, so the work should
    /// bear repetition here too.
    ///
    /// The work cannot [`enqueue`](Self::enqueue) jobs that follow: they belong to an attempt, and the next one would pass
    /// the step over, and them with it. Enqueue them behind the step, which every attempt comes by.
    ///
    /// ```
    /// use windlass_queue::{JobContext, JobError};
    ///
    /// # async fn reserve() -> Result<u64, JobError> { Ok(1) }
    /// # async fn charge(_: u64) -> Result<String, JobError> { Ok("receipt".to_owned()) }
    /// async fn order(context: &JobContext) -> Result<String, JobError> {
    ///     let reservation = context.step("reserve", reserve).await?;
    ///     // Should the process die here, the next attempt starts with the same reservation.
    ///     context.step("charge", async || charge(reservation).await).await
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of the work; a permanent one when the result has more than [`MAX_PAYLOAD_BYTES`], or when the job has
    /// recorded all it may ([`MAX_STEPS`], [`MAX_STEP_BYTES`]); [`JobError::Interrupted`] when the attempt is over.
    pub async fn step<T, W>(&self, name: &str, work: impl FnOnce() -> W + Send) -> Result<T, JobError>
    where
        T: Serialize + DeserializeOwned + Send,
        W: Future<Output = Result<T, JobError>> + Send,
    {
        let name: StepName = name.parse().map_err(|error| permanent(&error))?;
        let memory = self.memory().await?;
        let what = format!("the result of the step {name}");
        if let Some(recorded) = lock(memory).steps.get(&name) {
            return decode(&what, recorded);
        }
        let done = {
            let _at_work = AtWork::begin(&self.shared.steps_at_work);
            work().await?
        };
        let recorded = self.record(&name, encode(&what, &done)?).await?;
        let result = decode(&what, &recorded);
        lock(memory).steps.insert(name, recorded);
        result
    }

    /// Records how far the work has come, for an attempt that takes over. It replaces what was recorded before.
    ///
    /// ```
    /// use windlass_queue::{JobContext, JobError};
    ///
    /// # async fn import(_: u64) -> Result<(), JobError> { Ok(()) }
    /// async fn import_all(context: &JobContext, lines: u64) -> Result<(), JobError> {
    ///     let done: u64 = context.last_checkpoint().await?.unwrap_or(0);
    ///     for line in done..lines {
    ///         import(line).await?;
    ///         context.checkpoint(&(line + 1)).await?;
    ///     }
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// A permanent one when `state` has more than [`MAX_PAYLOAD_BYTES`]; [`JobError::Interrupted`] when the attempt is
    /// over.
    pub async fn checkpoint<T: Serialize + Sync>(&self, state: &T) -> Result<(), JobError> {
        let state = encode("the checkpoint", state)?;
        // What is there is read first, so that it cannot take the place of what is written now.
        let memory = self.memory().await?;
        match self.shared.runtime.checkpoint(state.clone()).await? {
            Fenced::Applied => lock(memory).checkpoint = Some(state),
            Fenced::Stale => return Err(JobError::Interrupted),
        }
        Ok(())
    }

    /// What [`checkpoint`](Self::checkpoint) recorded last, in this attempt or an earlier one.
    ///
    /// # Errors
    ///
    /// A permanent one when it is no `T`; [`JobError::Interrupted`] when the attempt is over.
    pub async fn last_checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, JobError> {
        let recorded = lock(self.memory().await?).checkpoint.clone();
        recorded.map(|recorded| decode("the checkpoint", &recorded)).transpose()
    }

    async fn memory(&self) -> Result<&Mutex<Memory>, JobError> {
        let fetched = async || {
            let records = self.shared.runtime.records().await?.ok_or(JobError::Interrupted)?;
            Ok(Mutex::new(records.into()))
        };
        self.shared.memory.get_or_try_init(fetched).await
    }

    /// Records the result of a step, and answers the one that counts.
    async fn record(&self, step: &StepName, result: Bytes) -> Result<Bytes, JobError> {
        match self.shared.runtime.record_step(step, result.clone()).await? {
            StepAnswer::Recorded => Ok(result),
            StepAnswer::AlreadyRecorded(earlier) => Ok(earlier),
            StepAnswer::Full => Err(JobError::permanent(format!(
                "the step {step} is done, but its result cannot be recorded: a job records at most {MAX_STEPS} steps \
                 with {MAX_STEP_BYTES} bytes together; record less, or use a checkpoint"
            ))),
            StepAnswer::Stale => Err(JobError::Interrupted),
        }
    }
}

fn encode<T: Serialize>(what: &str, value: &T) -> Result<Bytes, JobError> {
    let encoded = serde_json::to_vec(value)
        .map_err(|error| JobError::permanent(format!("{what} cannot be written as JSON: {error}")))?;
    if encoded.len() > MAX_PAYLOAD_BYTES {
        return Err(JobError::permanent(format!(
            "{what} has {} bytes and at most {MAX_PAYLOAD_BYTES} are recorded; record a reference instead",
            encoded.len()
        )));
    }
    Ok(encoded.into())
}

fn decode<T: DeserializeOwned>(what: &str, recorded: &Bytes) -> Result<T, JobError> {
    serde_json::from_slice(recorded).map_err(|error| {
        JobError::permanent(format!("{what} was recorded as something else than is read now: {error}"))
    })
}

fn permanent(error: &dyn std::error::Error) -> JobError {
    JobError::permanent(error.to_string())
}

fn lock(memory: &Mutex<Memory>) -> MutexGuard<'_, Memory> {
    // No change leaves it in between when it panics.
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}
