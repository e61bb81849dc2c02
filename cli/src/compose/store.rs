use secrecy::SecretString;
use windlass_store::{Database, Store, StoreOptions};

use super::data_dir::data_dir;
use super::dev_key::draw_key;
use super::kept_secret::kept;
use crate::config::Settings;
use crate::failure::Failure;

/// The name of the store's file in the data directory.
const FILE: &str = "store.db";
/// The name of the secret's file in the data directory.
const SECRET: &str = "secret-key";

/// Who brings the tables up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Migrates {
    /// Whoever starts.
    Everybody,
    /// Whoever starts, where the store is a file; on a server its operator, before the new version starts.
    Operator,
}

/// The store of a role that begins, with its tables up to date. A database that does not answer holds nobody up: what
/// needs it fails until it is back, and the rest works.
pub(crate) async fn ready_store(settings: &Settings, migrates: Migrates) -> Result<Store, Failure> {
    let store = store(settings)?;
    let by_itself = migrates == Migrates::Everybody || store.database().is_embedded();
    let outcome = if by_itself { migrate(&store).await } else { check(&store).await };
    match outcome {
        Err(Failure::Store(error)) if error.is_transient() => {
            tracing::warn!(%error, "what needs the store waits until it is back");
        }
        outcome => outcome?,
    }
    Ok(store)
}

/// The store as it is. It connects when it is first used.
pub(crate) fn store(settings: &Settings) -> Result<Store, Failure> {
    let database = database(settings)?;
    let secret = match &settings.store.secret {
        Some(secret) => secret.clone(),
        None if database.is_embedded() => own_secret(settings)?,
        None => return Err(Failure::NoSecretKey),
    };
    Ok(Store::connect(StoreOptions::new(database, secret)))
}

/// The store for who looks after its tables only, which needs no secret.
pub(crate) fn tables(settings: &Settings) -> Result<Store, Failure> {
    Ok(Store::connect(StoreOptions::new(database(settings)?, SecretString::default())))
}

fn database(settings: &Settings) -> Result<Database, Failure> {
    match &settings.store.database {
        Some(database) => Ok(database.clone()),
        None => Ok(Database::Sqlite(data_dir(settings)?.join(FILE))),
    }
}

fn own_secret(settings: &Settings) -> Result<SecretString, Failure> {
    let directory = data_dir(settings)?;
    let path = directory.join(SECRET);
    let draw = || Ok(format!("{}{}", draw_key()?, draw_key()?));
    kept(directory, &path, draw).map_err(|error| Failure::SecretKey { path, detail: error.to_string() })
}

async fn migrate(store: &Store) -> Result<(), Failure> {
    let applied = store.migrate().await?;
    if !applied.is_empty() {
        tracing::info!(
            database = store.database().describe(),
            migrations = applied.len(),
            "the store's tables are new"
        );
    }
    Ok(())
}

async fn check(store: &Store) -> Result<(), Failure> {
    match store.pending_migrations().await {
        Ok(pending) if pending.is_empty() => Ok(()),
        Ok(pending) => Err(Failure::PendingMigrations(pending)),
        Err(error) => Err(Failure::Store(error)),
    }
}
