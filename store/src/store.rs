use std::sync::Arc;

use sea_orm::{SqliteTransactionMode, TransactionOptions};
use secrecy::SecretString;

use crate::answers::Answers;
use crate::api_keys::ApiKeys;
use crate::audit::Audit;
use crate::bounded::{Connections, Transaction};
use crate::connections;
use crate::error::StoreError;
use crate::history::History;
use crate::migrate::{self, MigrationState};
use crate::options::{Database, StoreOptions};
use crate::organizations::Organizations;
use crate::outbox::Outbox;

/// The SQL side of an installation. Clones share their connections.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Where is read. On SQLite these connections read beside the one that writes.
    reading: Connections,
    /// Where is written.
    writing: Connections,
    database: Database,
    secret: SecretString,
}

impl Store {
    /// A store that connects when it is first used, so that a database that is away delays no start.
    ///
    /// It has to be called within a Tokio runtime.
    pub fn connect(options: StoreOptions) -> Self {
        let (reading, writing) = connections::open(&options);
        let StoreOptions { database, secret, connections: _, patience: _, statement: _ } = options;
        Self(Arc::new(Inner { reading, writing, database, secret }))
    }

    /// Which database this is.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.reading().ping().await
    }

    /// Applies what has not been applied yet, oldest first. Of several processes that do it at once, one does it and the
    /// others wait for it. Answers the names of what this call applied.
    pub async fn migrate(&self) -> Result<Vec<String>, StoreError> {
        migrate::up(self).await
    }

    /// Every migration that this version knows, oldest first, and whether it has been applied. Changes nothing.
    pub async fn migrations(&self) -> Result<Vec<MigrationState>, StoreError> {
        migrate::states(self).await
    }

    /// The names of the migrations that have not been applied yet. Changes nothing.
    pub async fn pending_migrations(&self) -> Result<Vec<String>, StoreError> {
        let states = self.migrations().await?;
        Ok(states.into_iter().filter(|state| !state.is_applied).map(|state| state.name).collect())
    }

    /// The organizations.
    pub fn organizations(&self) -> Organizations {
        Organizations::new(self.clone())
    }

    /// The API keys.
    pub fn api_keys(&self) -> ApiKeys {
        ApiKeys::new(self.clone())
    }

    /// The audit log.
    pub fn audit(&self) -> Audit {
        Audit::new(self.clone())
    }

    /// What became of jobs.
    pub fn history(&self) -> History {
        History::new(self.clone())
    }

    /// What was answered to requests with an idempotency key.
    pub fn answers(&self) -> Answers {
        Answers::new(self.clone())
    }

    /// The outbox as the relay and its operators see it. Who writes into it uses [`outbox`](crate::outbox).
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.clone())
    }

    /// Closes every connection and waits until they are closed.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.0.reading.unbounded().close_by_ref().await?;
        Ok(self.0.writing.unbounded().close_by_ref().await?)
    }

    pub(crate) fn reading(&self) -> &Connections {
        &self.0.reading
    }

    pub(crate) fn writing(&self) -> &Connections {
        &self.0.writing
    }

    pub(crate) fn secret(&self) -> &SecretString {
        &self.0.secret
    }

    /// A transaction that writes. SQLite takes its lock at once: a transaction that reads first and asks for it later is
    /// turned away without waiting when another has written in between.
    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        let mode = self.0.database.is_embedded().then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: mode, ..TransactionOptions::default() };
        self.writing().begin(options).await
    }
}
