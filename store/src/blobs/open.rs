use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ClientOptions, RetryConfig};
use secrecy::{ExposeSecret, SecretString};

use super::{BlobError, Blobs};

/// How long one request may take.
const REQUEST: Duration = Duration::from_secs(30);
/// How long a request is repeated while the place has trouble.
const RETRIES: Duration = Duration::from_secs(10);

/// Where blobs are kept.
#[derive(Debug, Clone)]
pub enum BlobsOptions {
    /// In a folder of this machine.
    Folder(PathBuf),
    /// In a bucket of whatever speaks S3.
    S3(S3Options),
}

/// A bucket of whatever speaks S3.
#[derive(Debug, Clone, Default)]
pub struct S3Options {
    /// Its name.
    pub bucket: String,
    /// What the names of all objects begin with; may be empty.
    pub prefix: String,
    /// The region; `us-east-1` where nobody says otherwise, which most that are not Amazon's take.
    pub region: Option<String>,
    /// Where it is, unless it is Amazon's: `http://…` is spoken to without TLS.
    pub endpoint: Option<String>,
    /// The login. Without it, what the machine that this runs on is allowed to.
    pub credentials: Option<(String, SecretString)>,
}

/// A text that names no place for blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the place of blobs is written like s3://bucket/prefix or file:///path/of/a/folder")]
pub struct InvalidBlobsUrl;

impl BlobsOptions {
    /// Reads `s3://BUCKET[/PREFIX]` or `file:///PATH`.
    pub fn from_url(url: &str) -> Result<Self, InvalidBlobsUrl> {
        if let Some(path) = url.strip_prefix("file://").filter(|path| path.starts_with('/')) {
            return Ok(Self::Folder(path.into()));
        }
        let place = url.strip_prefix("s3://").ok_or(InvalidBlobsUrl)?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() || Path::parse(prefix).is_err() {
            return Err(InvalidBlobsUrl);
        }
        let (bucket, prefix) = (bucket.to_owned(), prefix.to_owned());
        Ok(Self::S3(S3Options { bucket, prefix, ..S3Options::default() }))
    }
}

pub(super) fn open(options: &BlobsOptions) -> Result<Blobs, BlobError> {
    match options {
        BlobsOptions::Folder(folder) => in_folder(folder),
        BlobsOptions::S3(options) => in_bucket(options),
    }
}

fn in_folder(folder: &PathBuf) -> Result<Blobs, BlobError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| BlobError::Refused { detail: format!("{}: {error}", folder.display()) })?;
    // A reference that was handed out leads somewhere after a power failure too.
    let objects = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true).with_automatic_cleanup(true);
    Ok(Blobs { objects: Arc::new(objects), prefix: Path::default() })
}

fn in_bucket(options: &S3Options) -> Result<Blobs, BlobError> {
    let retries = RetryConfig { max_retries: 3, retry_timeout: RETRIES, ..RetryConfig::default() };
    let mut bucket = AmazonS3Builder::new()
        .with_bucket_name(&options.bucket)
        .with_region(options.region.as_deref().unwrap_or("us-east-1"))
        .with_retry(retries)
        .with_client_options(ClientOptions::new().with_timeout(REQUEST).with_allow_http(is_plain(options)));
    if let Some(endpoint) = &options.endpoint {
        bucket = bucket.with_endpoint(endpoint);
    }
    if let Some((id, secret)) = &options.credentials {
        bucket = bucket.with_access_key_id(id).with_secret_access_key(secret.expose_secret());
    }
    let refused = |detail: String| BlobError::Refused { detail };
    let prefix = Path::parse(&options.prefix).map_err(|error| refused(error.to_string()))?;
    Ok(Blobs { objects: Arc::new(bucket.build()?), prefix })
}

fn is_plain(options: &S3Options) -> bool {
    options.endpoint.as_deref().is_some_and(|endpoint| endpoint.starts_with("http://"))
}
