use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use windlass_migrations::Known;

use crate::bounded::Transaction;
use crate::error::StoreError;
use crate::store::Store;

/// A number that nobody else in the database is likely to have chosen: whoever holds its advisory lock migrates.
const LOCK: i64 = 0x57_49_4E_44_4C_41_53_53;

/// A migration that this version knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationState {
    /// Its name, like `m0001_organizations`.
    pub name: String,
    /// Whether the database has it.
    pub is_applied: bool,
}

/// Applies all that is missing in one transaction, which is also what several processes wait for one another by.
/// Answers the names of what was applied.
pub(crate) async fn up(store: &Store) -> Result<Vec<String>, StoreError> {
    let transaction = begin(store).await?;
    wait_for_others(transaction.unbounded()).await?;
    let pending = pending(windlass_migrations::known(transaction.unbounded()).await?)?;
    if !pending.is_empty() {
        windlass_migrations::up(transaction.unbounded()).await?;
    }
    transaction.commit().await?;
    Ok(pending)
}

/// The transaction that migrates. Of several processes that open a new file of SQLite at the same time one makes it what it
/// is to be, and turns the others away without letting them wait.
async fn begin(store: &Store) -> Result<Transaction, StoreError> {
    const TRIES: u32 = 100;
    const PAUSE: Duration = Duration::from_millis(50);
    for _try in 1..TRIES {
        match store.begin().await {
            Err(StoreError::Busy { .. }) => tokio::time::sleep(PAUSE).await,
            begun => return begun,
        }
    }
    store.begin().await
}

/// What this version knows, and whether it is applied; an error when the database has what this version does not know.
pub(crate) async fn states(store: &Store) -> Result<Vec<MigrationState>, StoreError> {
    let known = windlass_migrations::known(store.reading()).await?;
    refuse_newer(&known)?;
    let state = |name, is_applied| MigrationState { name, is_applied };
    let applied = known.applied.into_iter().map(|name| state(name, true));
    Ok(applied.chain(known.pending.into_iter().map(|name| state(name, false))).collect())
}

async fn wait_for_others(transaction: &DatabaseTransaction) -> Result<(), StoreError> {
    // SQLite's write lock, which this transaction has, is enough.
    if transaction.get_database_backend() == DbBackend::Postgres {
        // An index of a large table takes minutes, and so long do those wait who come after.
        let unhurried = "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";
        transaction.execute_unprepared(unhurried).await?;
        transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Ok(())
}

fn pending(known: Known) -> Result<Vec<String>, StoreError> {
    refuse_newer(&known)?;
    Ok(known.pending)
}

fn refuse_newer(known: &Known) -> Result<(), StoreError> {
    if known.unknown.is_empty() {
        return Ok(());
    }
    Err(StoreError::Newer { detail: known.unknown.join(", ") })
}
