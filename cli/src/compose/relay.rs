use std::sync::Arc;

use windlass_api::read_written;
use windlass_queue::{Client, EnqueueRequest};
use windlass_relay::{Archive, ReadOutbox, Relay, RunningRelay};
use windlass_store::Store;
use windlass_store::outbox::OutboxRow;

use super::blobs::blobs;
use super::store::{Migrates, ready_store};
use super::{clock, engine};
use crate::config::Settings;
use crate::failure::Failure;

/// The relay between the queue and the store.
pub(crate) fn relay(settings: &Settings, client: Client, store: Store) -> Result<Relay, Failure> {
    let (options, blobs) = (settings.history.clone(), blobs(settings)?);
    Ok(Relay { client, store, blobs, reader: Arc::new(LikePosted), clock: clock(), options })
}

/// The same beside a worker, where one is wanted there and it is certain which store is meant.
pub(crate) fn relay_beside(
    settings: &Settings,
    client: Client,
    store: Store,
) -> Result<Option<RunningRelay>, Failure> {
    if !settings.worker.relay || !has_certain_store(settings) {
        return Ok(None);
    }
    Ok(Some(relay(settings, client, store)?.start()))
}

/// All jobs of the installation, those of the past too where it is certain which store has them.
pub(crate) async fn archive(settings: &Settings) -> Result<Archive, Failure> {
    let engine = engine(settings)?;
    if !has_certain_store(settings) {
        return Ok(Archive::without_history(engine));
    }
    let store = ready_store(settings, Migrates::Operator).await?;
    Ok(Archive::new(engine, store.history()))
}

/// Whether it is certain which store is meant: one that is named, or the file beside the embedded engine's. On Redis and
/// without a name each machine has a file of its own.
pub(crate) const fn has_certain_store(settings: &Settings) -> bool {
    settings.store.database.is_some() || settings.redis_url.is_none()
}

/// The outbox is written like jobs are posted.
#[derive(Debug)]
struct LikePosted;

impl ReadOutbox for LikePosted {
    fn read(&self, row: &OutboxRow) -> Result<EnqueueRequest, String> {
        read_written(&row.kind, &row.args, row.options.as_deref(), &row.organization)
    }
}
