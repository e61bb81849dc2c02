//! Jobs that an application writes within a transaction of its own: they are enqueued if it commits, and only then.
//!
//! [`write()`] takes anything that `sea-orm` can execute statements on, [`write_postgres`] and [`write_sqlite`] anything
//! that `sqlx` can. The database is the store's: the application's tables stand beside those of Windlass. Programs in other
//! languages insert into the table `windlass_outbox` themselves; `docs/transactional-enqueue.md` shows how.
//!
//! ```
//! use windlass_store::outbox::sea_orm::TransactionTrait;
//! use windlass_store::outbox::{self, OutboxJob};
//!
//! # async fn order(database: &outbox::sea_orm::DatabaseConnection) -> Result<(), Box<dyn std::error::Error>> {
//! let transaction = database.begin().await?;
//! // … the application's own rows …
//! let job = OutboxJob::new("email.send".parse()?, &serde_json::json!({ "to": "ada@example.com" }));
//! outbox::write(&transaction, &job).await?;
//! transaction.commit().await?;
//! # Ok(())
//! # }
//! ```

mod depth;
mod job;
mod read;
mod relay;
mod write;

/// The version of `sea-orm` that [`write()`] speaks to.
pub use sea_orm;
/// The version of `sqlx` that [`write_postgres`] and [`write_sqlite`] speak to.
pub use sqlx;

pub use self::depth::OutboxDepth;
pub use self::job::{InvalidOutboxId, OutboxId, OutboxJob, OutboxRow};
pub use self::relay::{Fate, Taken};
pub use self::write::{write, write_postgres, write_sqlite};
use crate::store::Store;

/// The outbox as the relay and its operators see it.
#[derive(Debug, Clone)]
pub struct Outbox {
    store: Store,
}

impl Outbox {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }
}
