use windlass_store::blobs::{Blobs, BlobsOptions};

use super::data_dir::data_dir;
use crate::config::Settings;
use crate::failure::Failure;

/// The name of the folder in the data directory.
const FOLDER: &str = "blobs";

/// Where large values are: the place that is named, or the folder beside the embedded engine's file. On Redis and without a
/// name there is none, because each machine would have a folder of its own, and a worker would not find what the API stored.
pub(super) fn blobs(settings: &Settings) -> Result<Option<Blobs>, Failure> {
    let place = match &settings.blobs {
        Some(place) => place.clone(),
        None if settings.redis_url.is_none() => BlobsOptions::Folder(data_dir(settings)?.join(FOLDER)),
        None => return Ok(None),
    };
    Ok(Some(Blobs::open(&place)?))
}
