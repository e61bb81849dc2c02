use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use super::{Done, ErasedHandler, RunError};
use crate::blobs::{BlobFault, KeepBlobs, PutAside, put_aside};
use crate::handler::{JobContext, JobError};
use crate::job::{MAX_PAYLOAD_BYTES, truncated};

/// A handler that takes and gives values which jobs do not carry themselves. All of it is part of the attempt, so its
/// time-out and its cancellation hold for it too.
#[derive(Debug)]
pub(super) struct Reaching {
    pub(super) handler: Arc<dyn ErasedHandler>,
    pub(super) blobs: Arc<dyn KeepBlobs>,
}

#[async_trait]
impl ErasedHandler for Reaching {
    async fn run(&self, args: &Bytes, context: &JobContext) -> Result<Done, RunError> {
        let done = match PutAside::read(args) {
            None => self.handler.run(args, context).await?,
            Some(aside) => self.handler.run(&self.fetched(&aside, context).await?, context).await?,
        };
        match &done.result {
            Some(result) if result.len() > MAX_PAYLOAD_BYTES => self.stored(done, context).await,
            Some(_) | None => Ok(done),
        }
    }
}

impl Reaching {
    async fn fetched(&self, aside: &PutAside, context: &JobContext) -> Result<Bytes, RunError> {
        let found = self.blobs.get(&context.tenant, context.job, &aside.reference).await;
        let found = found.map_err(|fault| failed("the args cannot be read", &fault))?;
        found.ok_or_else(|| {
            let PutAside { reference, bytes } = aside;
            let reference = truncated(reference, 100);
            RunError::Job(JobError::permanent(format!(
                "the args ({bytes} bytes, {reference}) are not where those of this job are kept: they were removed, or kept \
                 in another place than this worker looks in; give the job its args again when you retry it"
            )))
        })
    }

    async fn stored(&self, done: Done, context: &JobContext) -> Result<Done, RunError> {
        let Some(result) = done.result else { return Ok(done) };
        let (bytes, most) = (result.len(), self.blobs.most_bytes());
        if bytes > most {
            return Err(RunError::Job(JobError::permanent(format!(
                "the work was done, but its result has {bytes} bytes and at most {most} are stored; return a reference \
                 instead"
            ))));
        }
        let carried = put_aside(self.blobs.as_ref(), &context.tenant, context.job, result).await;
        let carried =
            carried.map_err(|fault| failed("the work was done, but its result cannot be stored", &fault))?;
        Ok(Done { result: Some(carried), ..done })
    }
}

fn failed(what: &str, fault: &BlobFault) -> RunError {
    let message = format!("{what}: {fault}");
    let error =
        if fault.is_transient() { JobError::transient(message) } else { JobError::permanent(message) };
    RunError::Job(error)
}
