//! Values that are too large for a job to carry: they are put aside, and the job carries a reference instead.
//!
//! What is put aside belongs to the job and is found under the job's own id alone. So a reference that somebody makes up
//! leads to nothing but what the job has anyway.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use windlass_shared::{JobId, TenantId};

use crate::job::MAX_PAYLOAD_BYTES;

/// Where values are put aside that are larger than [`MAX_PAYLOAD_BYTES`].
#[async_trait]
pub trait KeepBlobs: Debug + Send + Sync + 'static {
    /// How many bytes a value may have.
    fn most_bytes(&self) -> usize;

    /// Stores a value of this job and answers what it is found by. Storing it again changes nothing. When this is answered
    /// the value is there to stay.
    async fn put(&self, tenant: &TenantId, job: JobId, value: Bytes) -> Result<String, BlobFault>;

    /// The job's value with this reference; `None` where the job has no such value.
    async fn get(&self, tenant: &TenantId, job: JobId, reference: &str) -> Result<Option<Bytes>, BlobFault>;

    /// Removes everything of this job.
    async fn remove_all(&self, tenant: &TenantId, job: JobId) -> Result<(), BlobFault>;
}

/// Why a large value could not be stored, read or removed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum BlobFault {
    /// Where it is or should go cannot be reached, or did not do it now.
    #[error("{detail}")]
    Unavailable {
        /// What it said.
        detail: String,
    },
    /// It is refused, or is not what was stored.
    #[error("{detail}")]
    Refused {
        /// What it said.
        detail: String,
    },
}

impl BlobFault {
    /// Whether the same may succeed later without anybody changing anything.
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { .. } => true,
            Self::Refused { .. } => false,
        }
    }
}

/// What a job carries instead of a value that was put aside, written as `{"$blob":"REFERENCE","bytes":N}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PutAside {
    /// What it is found by.
    #[serde(rename = "$blob")]
    pub reference: String,
    /// How many bytes it has.
    pub bytes: usize,
}

impl PutAside {
    /// How it is written, exactly. What begins otherwise is not looked into.
    const BEGINNING: &'static [u8] = br#"{"$blob":""#;

    /// What stands in the place of `value`; `None` if that is the value itself.
    pub fn read(value: &[u8]) -> Option<Self> {
        if !value.starts_with(Self::BEGINNING) {
            return None;
        }
        serde_json::from_slice(value).ok()
    }

    /// What a job carries. A reference that cannot be written is none.
    fn write(&self) -> Result<Bytes, BlobFault> {
        let written = serde_json::to_vec(self);
        written.map(Bytes::from).map_err(|error| BlobFault::Refused { detail: error.to_string() })
    }
}

/// What a job carries for this value: the value itself, or a reference to where it was put aside.
pub(crate) async fn put_aside(
    blobs: &dyn KeepBlobs,
    tenant: &TenantId,
    job: JobId,
    value: Bytes,
) -> Result<Bytes, BlobFault> {
    if value.len() <= MAX_PAYLOAD_BYTES {
        return Ok(value);
    }
    let bytes = value.len();
    let reference = blobs.put(tenant, job, value).await?;
    PutAside { reference, bytes }.write()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_back_and_nothing_else_is_taken_for_one() {
        let aside = PutAside { reference: "sha256-00-70000".to_owned(), bytes: 70_000 };
        let written = aside.write().unwrap();
        assert_eq!(&written[..], br#"{"$blob":"sha256-00-70000","bytes":70000}"#);
        assert_eq!(PutAside::read(&written), Some(aside));
        for other in [
            "",
            "null",
            r#"{"$blob":"x"}"#,
            r#"{"$blob":"x","bytes":1,"name":"Ada"}"#,
            r#"{"$blob":"x","bytes":"1"}"#,
            r#"{"name":{"$blob":"x","bytes":1}}"#,
        ] {
            assert_eq!(PutAside::read(other.as_bytes()), None, "{other}");
        }
    }
}
