use async_trait::async_trait;
use bytes::Bytes;
use windlass_queue::{BlobFault, KeepBlobs};
use windlass_shared::{JobId, TenantId};
use windlass_store::blobs::{BlobError, BlobOwner, Blobs};

/// Where the large values of jobs are: in the store's blobs, each job's under its own id.
#[derive(Debug, Clone)]
pub struct JobBlobs(Blobs);

impl JobBlobs {
    /// The large values that are kept in `blobs`.
    pub const fn new(blobs: Blobs) -> Self {
        Self(blobs)
    }
}

#[async_trait]
impl KeepBlobs for JobBlobs {
    fn most_bytes(&self) -> usize {
        Blobs::MOST_BYTES
    }

    async fn put(&self, tenant: &TenantId, job: JobId, value: Bytes) -> Result<String, BlobFault> {
        let stored = self.0.put(&owner(tenant, job), value).await;
        stored.map(|blob| blob.to_string()).map_err(|error| fault(&error))
    }

    async fn get(&self, tenant: &TenantId, job: JobId, reference: &str) -> Result<Option<Bytes>, BlobFault> {
        // What is no reference is none of ours, and leads nowhere.
        let Ok(blob) = reference.parse() else { return Ok(None) };
        self.0.get(&owner(tenant, job), &blob).await.map_err(|error| fault(&error))
    }

    async fn remove_all(&self, tenant: &TenantId, job: JobId) -> Result<(), BlobFault> {
        self.0.delete_all(&owner(tenant, job)).await.map(drop).map_err(|error| fault(&error))
    }
}

fn owner(tenant: &TenantId, job: JobId) -> BlobOwner {
    BlobOwner::job(tenant.clone(), job)
}

fn fault(error: &BlobError) -> BlobFault {
    let detail = error.to_string();
    if error.is_transient() { BlobFault::Unavailable { detail } } else { BlobFault::Refused { detail } }
}
