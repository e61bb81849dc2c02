//! The SQL side of an installation: organizations, API keys, the audit log, what became of jobs, answers to repeated
//! requests, the outbox; and large values.
//!
//! [`Store`] works the same on PostgreSQL and on SQLite. Each kind of thing has a repository, which it hands out:
//! [`Organizations`], [`ApiKeys`], [`Audit`], [`History`], [`Answers`], [`Outbox`]. They speak in words of the product;
//! no type of the database crosses their faces, except in [`outbox`], where an application writes within a transaction
//! of its own. [`Blobs`](blobs::Blobs) keeps what is too large for a row.
//!
//! No call waits for ever: a database that cannot be reached is [`StoreError::Unavailable`] after the store's patience, and
//! one that falls silent amid a statement when that has had its time ([`StoreOptions`]). Only migrations take as long as
//! they take.
//!
//! ```
//! use windlass_shared::{Clock, SystemClock};
//! use windlass_store::{Database, Store, StoreOptions};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let file = folder.path().join("store.db");
//! let options = StoreOptions::new(Database::Sqlite(file), "a secret of this installation".into());
//! let store = Store::connect(options);
//! store.migrate().await?;
//!
//! let organizations = store.organizations();
//! organizations.create(&"acme".parse()?, "Acme Inc.", SystemClock.now()).await?;
//! assert_eq!(organizations.list(None, 10).await?.len(), 2, "there is always `default`");
//! # Ok(())
//! # }
//! ```

mod answers;
mod api_keys;
mod audit;
pub mod blobs;
mod bounded;
mod connections;
mod error;
mod history;
mod id;
mod migrate;
mod options;
mod organizations;
pub mod outbox;
mod store;
mod text;

pub use answers::{Answer, Answers, Earlier, Fingerprint, MOST_ANSWER_BYTES, Question};
pub use api_keys::{ApiKey, ApiKeys, IssuedKey, KeyCheck, KeyId, KeyRefusal, NewApiKey};
pub use audit::{Audit, AuditEntry, AuditFilter, AuditId, NewAuditEntry};
pub use error::{InvalidDatabaseUrl, StoreError};
pub use history::{
    Gap, History, HistoryCursor, HistoryFilter, JobEnd, QueuePosition, Recorded, Recording, Runs, Step, Verb,
};
pub use migrate::MigrationState;
pub use options::{Database, StoreOptions};
pub use organizations::{Created, Organization, Organizations};
pub use outbox::Outbox;
pub use store::Store;
