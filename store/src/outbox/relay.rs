use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement};
use windlass_shared::Timestamp;

use super::{Outbox, OutboxId, OutboxRow};
use crate::error::StoreError;
use crate::options::Database;
use crate::store::Store;
use crate::text::storable;

pub(super) const COLUMNS: &str =
    "CAST(id AS TEXT) AS id, kind, args, options, organization, created_at, failed_at, error";

/// How long a row waits whose job the queue did not take.
const PAUSE: Duration = Duration::from_secs(10);
/// How many bytes of a refusal are kept.
const MOST_ERROR_BYTES: usize = 4 * 1024;

/// Rows that nobody else takes while this lives. Dropping it gives them back as they were, though on PostgreSQL not before
/// the server has heard of it; settling nothing waits for that.
#[derive(Debug)]
pub struct Taken {
    rows: Vec<OutboxRow>,
    hold: Hold,
}

/// What keeps others from the rows.
#[derive(Debug)]
enum Hold {
    /// Locks on the rows.
    Rows(DatabaseTransaction),
    /// A lock on a file beside the database. SQLite knows no locks on rows, and holding its one lock for as long as the
    /// queue takes to answer would keep all writers waiting.
    File(File, Store),
    /// There was nothing to hold.
    Nothing,
}

/// What became of a row that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Its job is in the queue: the row goes.
    Relayed,
    /// It will never be a job as it stands, for this reason: the row stays, and is not taken again until somebody says so.
    Refused(String),
    /// The queue does not take its job now: the row waits for a while, so that it holds up none behind it.
    Later,
}

impl Outbox {
    /// Takes at most `most` rows that wait and whose time has come, the oldest first. Rows that another relay has taken are
    /// passed over; on SQLite one relay takes at a time, and others find nothing.
    pub async fn take(&self, most: u64, now: Timestamp) -> Result<Taken, StoreError> {
        let backend = self.store.reading().get_database_backend();
        let waiting = format!(
            "SELECT {COLUMNS} FROM windlass_outbox
             WHERE failed_at IS NULL AND (due_at IS NULL OR due_at <= {})
             ORDER BY windlass_outbox.created_at, windlass_outbox.id LIMIT {most}",
            now.as_millis()
        );
        match self.store.database() {
            Database::Postgres(_) => {
                let transaction = self.store.begin().await?;
                let rows = rows(
                    &transaction,
                    Statement::from_string(backend, format!("{waiting} FOR UPDATE SKIP LOCKED")),
                )
                .await?;
                Ok(Taken { rows, hold: Hold::Rows(transaction) })
            }
            Database::Sqlite(path) => {
                let Some(lock) = lock(path)? else { return Ok(Taken::nothing()) };
                let rows = rows(self.store.reading(), Statement::from_string(backend, waiting)).await?;
                Ok(Taken { rows, hold: Hold::File(lock, self.store.clone()) })
            }
        }
    }
}

impl Taken {
    /// The rows.
    pub fn rows(&self) -> &[OutboxRow] {
        &self.rows
    }

    /// Settles rows in one transaction; those that are not named are given back as they were.
    pub async fn settle(self, fates: &[(OutboxId, Fate)], now: Timestamp) -> Result<(), StoreError> {
        match self.hold {
            Hold::Nothing => Ok(()),
            Hold::Rows(transaction) => settle(transaction, fates, now).await,
            Hold::File(lock, store) => {
                settle(store.begin().await?, fates, now).await?;
                drop(lock);
                Ok(())
            }
        }
    }

    fn nothing() -> Self {
        Self { rows: Vec::new(), hold: Hold::Nothing }
    }
}

pub(super) async fn rows<C: ConnectionTrait>(
    database: &C,
    ask: Statement,
) -> Result<Vec<OutboxRow>, StoreError> {
    database.query_all_raw(ask).await?.iter().map(row).collect()
}

async fn settle(
    transaction: DatabaseTransaction,
    fates: &[(OutboxId, Fate)],
    now: Timestamp,
) -> Result<(), StoreError> {
    let backend = transaction.get_database_backend();
    for (id, fate) in fates {
        let id = id.value(backend)?;
        let statement = match fate {
            Fate::Later => {
                let due_at = now.plus(PAUSE).as_millis().into();
                let sql = "UPDATE windlass_outbox SET due_at = $2 WHERE id = $1";
                Statement::from_sql_and_values(backend, sql, [id, due_at])
            }
            Fate::Relayed => {
                Statement::from_sql_and_values(backend, "DELETE FROM windlass_outbox WHERE id = $1", [id])
            }
            Fate::Refused(error) => {
                let error = &error[..error.floor_char_boundary(MOST_ERROR_BYTES)];
                let values = [id, now.as_millis().into(), storable(error).into()];
                let sql = "UPDATE windlass_outbox SET failed_at = $2, error = $3 WHERE id = $1";
                Statement::from_sql_and_values(backend, sql, values)
            }
        };
        transaction.execute_raw(statement).await?;
    }
    Ok(transaction.commit().await?)
}

fn row(row: &QueryResult) -> Result<OutboxRow, StoreError> {
    let moment = |column| -> Result<Option<Timestamp>, StoreError> {
        Ok(row.try_get::<Option<i64>>("", column)?.map(Timestamp::from_millis))
    };
    Ok(OutboxRow {
        id: OutboxId::found(row.try_get("", "id")?),
        kind: row.try_get("", "kind")?,
        args: row.try_get("", "args")?,
        options: row.try_get("", "options")?,
        organization: row.try_get("", "organization")?,
        created_at: moment("created_at")?.unwrap_or(Timestamp::EARLIEST),
        failed_at: moment("failed_at")?,
        error: row.try_get("", "error")?,
    })
}

/// The lock of who takes from this database, if nobody has it. It ends with its process.
fn lock(database: &Path) -> Result<Option<File>, StoreError> {
    let mut name = database.as_os_str().to_owned();
    name.push(".relay");
    let refused = |error: std::io::Error| StoreError::Refused {
        detail: format!("{}: {error}", Path::new(&name).display()),
    };
    let file = File::options().create(true).append(true).open(&name).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(refused(error)),
    }
}
