//! Values that are too large for a row or a job: attachments, large results, exports.
//!
//! A blob belongs to an owner, like a job, and goes with it. It is named by what it contains, so storing it twice stores it
//! once, and a reference proves what it leads to: what comes back is what was put in, or an error.
//!
//! ```
//! use windlass_shared::{JobId, QueueNumber, TenantId, Timestamp};
//! use windlass_store::blobs::{BlobOwner, Blobs, BlobsOptions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path().to_owned();
//! let blobs = Blobs::open(&BlobsOptions::Folder(folder))?;
//! let job = JobId::new(Timestamp::from_millis(0), QueueNumber::new(1), 1);
//! let owner = BlobOwner::job(TenantId::default(), job);
//! let report = blobs.put(&owner, "a long report".into()).await?;
//! assert_eq!(blobs.get(&owner, &report).await?, Some("a long report".into()));
//! assert_eq!(blobs.delete_all(&owner).await?, 1);
//! # Ok(())
//! # }
//! ```

mod error;
mod open;
mod reference;
mod walk;

use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};

pub use self::error::BlobError;
pub use self::open::{BlobsOptions, InvalidBlobsUrl, S3Options};
pub use self::reference::{BlobOwner, BlobRef, InvalidBlobRef};
pub use self::walk::StoredBlob;

/// Where blobs are kept. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Blobs {
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Blobs {
    /// How many bytes a blob may have.
    pub const MOST_BYTES: usize = 32 * 1024 * 1024;

    /// Opens the place. A folder is made, for its owner alone; a bucket has to be there, and is not asked for yet.
    pub fn open(options: &BlobsOptions) -> Result<Self, BlobError> {
        open::open(options)
    }

    /// Stores a value and answers what it is found by. Storing it again changes nothing.
    pub async fn put(&self, owner: &BlobOwner, value: Bytes) -> Result<BlobRef, BlobError> {
        if value.len() > Self::MOST_BYTES {
            return Err(BlobError::TooLarge { bytes: value.len(), most: Self::MOST_BYTES });
        }
        let blob = BlobRef::of(&value);
        self.objects.put(&self.place(owner, &blob), PutPayload::from_bytes(value)).await?;
        Ok(blob)
    }

    /// The value; `None` where there is none. One that is not what was stored is [`BlobError::Damaged`].
    pub async fn get(&self, owner: &BlobOwner, blob: &BlobRef) -> Result<Option<Bytes>, BlobError> {
        let found = match self.objects.get(&self.place(owner, blob)).await {
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            found => found?,
        };
        let damaged = || BlobError::Damaged { blob: *blob, owner: owner.to_string() };
        // Before anything is read: whoever can write to the place could have put anything there.
        if found.meta.size != blob.bytes() {
            return Err(damaged());
        }
        let value = found.bytes().await?;
        if BlobRef::of(&value) == *blob { Ok(Some(value)) } else { Err(damaged()) }
    }

    /// What an owner has, in the order of their names.
    pub async fn list(&self, owner: &BlobOwner) -> Result<Vec<BlobRef>, BlobError> {
        let folder = self.folder(owner);
        let objects: Vec<_> = self.objects.list(Some(&folder)).try_collect().await?;
        // What others put there is none of ours.
        let names = objects.iter().filter_map(|object| object.location.filename()?.parse().ok());
        let mut blobs: Vec<BlobRef> = names.collect();
        blobs.sort_unstable();
        Ok(blobs)
    }

    /// Removes a value. One that is not there is removed already.
    pub async fn delete(&self, owner: &BlobOwner, blob: &BlobRef) -> Result<(), BlobError> {
        match self.objects.delete(&self.place(owner, blob)).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            outcome => Ok(outcome?),
        }
    }

    /// Removes everything of an owner; answers how many values that were.
    pub async fn delete_all(&self, owner: &BlobOwner) -> Result<usize, BlobError> {
        let blobs = self.list(owner).await?;
        for blob in &blobs {
            self.delete(owner, blob).await?;
        }
        Ok(blobs.len())
    }

    fn folder(&self, owner: &BlobOwner) -> Path {
        let parts = owner.parts();
        self.prefix.parts().chain(parts.iter().map(|part| part.as_str().into())).collect()
    }

    fn place(&self, owner: &BlobOwner, blob: &BlobRef) -> Path {
        self.folder(owner).join(blob.to_string())
    }
}
