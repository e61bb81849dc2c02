//! The composition root: which engine, which mailer, which kinds this installation has.

mod api;
mod blobs;
mod data_dir;
mod dev_key;
mod engine;
mod kept_secret;
mod kinds;
mod mail;
mod relay;
mod store;

use std::sync::Arc;

use windlass_queue::{Client, Engine};
use windlass_relay::JobBlobs;
use windlass_shared::{Clock, SystemClock};

use crate::config::Settings;
use crate::failure::Failure;
use blobs::blobs;

pub(crate) use api::{api, engine_alone};
pub(crate) use dev_key::{dev_key, draw_key};
pub(crate) use engine::{describe, engine};
pub(crate) use kinds::{catalog, registry};
pub(crate) use mail::{Destination, destination};
pub(crate) use relay::{archive, has_certain_store, relay, relay_beside};
pub(crate) use store::{Migrates, ready_store, tables};

/// The clock of production.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// The way to enqueue.
pub(crate) fn client(settings: &Settings) -> Result<Client, Failure> {
    client_of(engine(settings)?, settings)
}

/// The way to enqueue with this engine.
pub(crate) fn client_of(engine: Arc<dyn Engine>, settings: &Settings) -> Result<Client, Failure> {
    let client = Client::new(engine, Arc::new(catalog(settings)?), clock());
    Ok(match blobs(settings)? {
        Some(blobs) => client.with_blobs(Arc::new(JobBlobs::new(blobs))),
        None => client,
    })
}
