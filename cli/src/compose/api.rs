use windlass_api::{AccessOptions, Api, ApiKeys};
use windlass_queue::Client;

use super::store::{Migrates, ready_store, tables};
use super::{client, clock};
use crate::config::Settings;
use crate::failure::Failure;

/// The API of these settings, opened by these keys and by those of the store.
pub(crate) async fn api(settings: &Settings, keys: ApiKeys, migrates: Migrates) -> Result<Api, Failure> {
    let access = AccessOptions {
        roles: settings.access.roles.clone(),
        tokens: settings.access.tokens()?,
        limits: settings.access.limits,
        ..AccessOptions::new(keys)
    };
    let store = ready_store(settings, migrates).await?;
    Ok(Api { client: client(settings)?, store, clock: clock(), access, cors: settings.api.cors.clone() })
}

/// An API for measurements, which asks nothing but the engine: its store is never looked at.
pub(crate) fn engine_alone(settings: &Settings, client: Client, keys: ApiKeys) -> Result<Api, Failure> {
    let (store, access) = (tables(settings)?, AccessOptions::new(keys));
    Ok(Api { client, store, clock: clock(), access, cors: settings.api.cors.clone() })
}
