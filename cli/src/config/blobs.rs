use windlass_store::blobs::{BlobsOptions, S3Options};

use super::key;
use super::reader::Reader;

/// Where large values are kept, if it is named; what is wrong stays with the reader.
pub(super) fn read(reader: &mut Reader) -> Option<BlobsOptions> {
    let url = reader.text(&key::BLOBS_URL)?;
    let place = reader.accept(&key::BLOBS_URL, BlobsOptions::from_url(&url))?;
    match place {
        BlobsOptions::Folder(_) => Some(place),
        BlobsOptions::S3(bucket) => Some(BlobsOptions::S3(with_access(bucket, reader))),
    }
}

/// The variables are those of every program that speaks S3, so they count only where a bucket is named.
fn with_access(bucket: S3Options, reader: &mut Reader) -> S3Options {
    let credentials = match (reader.text(&key::BLOBS_KEY_ID), reader.secret(&key::BLOBS_KEY)) {
        (Some(id), Some(secret)) => Some((id, secret)),
        (None, None) => None,
        (Some(_), None) => reader.accept(&key::BLOBS_KEY_ID, Err("blobs.secret_access_key is missing")),
        (None, Some(_)) => reader.accept(&key::BLOBS_KEY, Err("blobs.access_key_id is missing")),
    };
    let endpoint = reader.text(&key::BLOBS_ENDPOINT).map(web_address);
    let endpoint = endpoint.and_then(|checked| reader.accept(&key::BLOBS_ENDPOINT, checked));
    S3Options { region: reader.text(&key::BLOBS_REGION), endpoint, credentials, ..bucket }
}

fn web_address(address: String) -> Result<String, String> {
    if ["http://", "https://"].iter().any(|scheme| address.starts_with(scheme)) {
        return Ok(address);
    }
    Err(format!("{address:?} is no address like https://s3.example.com"))
}
