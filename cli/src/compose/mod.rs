//! The composition root: which engine, which mailer, which kinds this installation has.

mod api;
mod data_dir;
mod dev_key;
mod engine;
mod kept_secret;
mod kinds;
mod mail;
mod relay;
mod store;

use std::sync::Arc;

use windlass_queue::Client;
use windlass_shared::{Clock, SystemClock};

use crate::config::Settings;
use crate::failure::Failure;

pub(crate) use api::{api, engine_alone};
pub(crate) use dev_key::{dev_key, draw_key};
pub(crate) use engine::{describe, engine};
pub(crate) use kinds::{catalog, registry};
pub(crate) use mail::{Destination, destination};
pub(crate) use relay::{archive, has_certain_store, relay};
pub(crate) use store::{Migrates, ready_store, tables};

/// The clock of production.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}

/// The way to enqueue.
pub(crate) fn client(settings: &Settings) -> Result<Client, Failure> {
    Ok(Client::new(engine(settings)?, Arc::new(catalog(settings)?), clock()))
}
