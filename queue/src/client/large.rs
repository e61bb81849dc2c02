//! Args that are too large for a job to carry.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use windlass_shared::{JobId, TenantId};

use super::{Client, EnqueueError};
use crate::blobs::{BlobFault, KeepBlobs, PutAside, put_aside};
use crate::engine::NewJob;
use crate::job::{Job, MAX_PAYLOAD_BYTES};
use crate::unique::{OnConflict, Unique};

impl Client {
    /// Where large values are put aside, if anywhere.
    pub fn blobs(&self) -> Option<&Arc<dyn KeepBlobs>> {
        self.blobs.as_ref()
    }

    /// A job's args or result as they are, wherever they are kept; `None` where that is gone.
    pub async fn whole(&self, job: &Job, value: &Bytes) -> Result<Option<Bytes>, BlobFault> {
        let Some(aside) = PutAside::read(value) else { return Ok(Some(value.clone())) };
        match &self.blobs {
            Some(blobs) => blobs.get(&job.tenant, job.id, &aside.reference).await,
            None => Ok(None),
        }
    }

    /// The args as they are stored, unless there are more of them than can be.
    pub(super) fn encode(&self, args: &Value) -> Result<Bytes, EnqueueError> {
        let args = serde_json::to_vec(args).map_err(|error| EnqueueError::Unencodable(error.to_string()))?;
        let most = self.blobs.as_ref().map_or(MAX_PAYLOAD_BYTES, |blobs| blobs.most_bytes());
        if args.len() > most {
            return Err(EnqueueError::TooLarge { bytes: args.len(), most });
        }
        Ok(args.into())
    }

    /// The job as an engine takes it. What it does not carry itself is stored before anybody hears of the job; if nobody
    /// ever does, that is found later by whoever sweeps.
    pub(super) async fn carried(&self, mut job: NewJob) -> Result<NewJob, EnqueueError> {
        job.args = self.carried_args(&job.tenant, job.id, job.args).await?;
        Ok(job)
    }

    /// What the job with this id carries for these args.
    pub(super) async fn carried_args(
        &self,
        tenant: &TenantId,
        job: JobId,
        args: Bytes,
    ) -> Result<Bytes, EnqueueError> {
        match &self.blobs {
            Some(blobs) => Ok(put_aside(blobs.as_ref(), tenant, job, args).await?),
            None => Ok(args),
        }
    }
}

/// Refuses what would make another job take over args that are found under the id of the new one alone.
pub(super) fn check_unique(unique: Option<&Unique>) -> Result<(), EnqueueError> {
    match unique.map(|unique| unique.on_conflict) {
        None | Some(OnConflict::Reject) => Ok(()),
        Some(OnConflict::Replace | OnConflict::Debounce | OnConflict::KeepLatest) => {
            Err(EnqueueError::Option {
                name: "unique.on_conflict",
                rule: "is reject where the args have more than 65536 bytes: no other job takes those over",
            })
        }
    }
}
