use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt, future};
use object_store::ObjectMeta;
use object_store::path::Path;
use windlass_shared::Timestamp;

use super::{BlobError, BlobOwner, BlobRef, Blobs};

/// A blob as one comes across it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBlob {
    /// Whose it is.
    pub owner: BlobOwner,
    /// What it is found by.
    pub blob: BlobRef,
    /// When it was stored last, by the clock of where it is.
    pub stored_at: Timestamp,
}

impl Blobs {
    /// Every blob, in no order, fetched bit by bit. What is stored or removed meanwhile is there or not. What others have
    /// put into the same place is left out.
    pub fn walk(&self) -> BoxStream<'static, Result<StoredBlob, BlobError>> {
        self.walk_below(&self.prefix)
    }

    /// Every blob of this owner, as [`walk`](Self::walk) comes across them.
    pub fn walk_of(&self, owner: &BlobOwner) -> BoxStream<'static, Result<StoredBlob, BlobError>> {
        self.walk_below(&self.folder(owner))
    }

    fn walk_below(&self, folder: &Path) -> BoxStream<'static, Result<StoredBlob, BlobError>> {
        let (objects, prefix) = (self.objects.list(Some(folder)), self.prefix.clone());
        let ours = move |object: ObjectMeta| future::ready(Ok(stored(&prefix, &object)));
        objects.map_err(BlobError::from).try_filter_map(ours).boxed()
    }
}

fn stored(prefix: &Path, object: &ObjectMeta) -> Option<StoredBlob> {
    let mut parts = object.location.prefix_match(prefix)?;
    let (organization, family, job, name) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let owner = BlobOwner::of_parts(organization.as_ref(), family.as_ref(), job.as_ref())?;
    let blob = name.as_ref().parse().ok().filter(|_| parts.next().is_none())?;
    let stored_at = Timestamp::from_millis(object.last_modified.timestamp_millis());
    Some(StoredBlob { owner, blob, stored_at })
}
