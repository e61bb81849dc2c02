use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use sea_orm::{ConnectionTrait, Statement};
use windlass_shared::Timestamp;

use super::read::{COLUMNS, Fault, rows};
use super::{Outbox, OutboxId, OutboxRow};
use crate::bounded::Transaction;
use crate::error::StoreError;
use crate::options::Database;
use crate::store::Store;
use crate::text::storable;

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
    Rows(Transaction),
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
    /// The queue does not take its job now: the row waits for a while, and then stands behind those that were written
    /// meanwhile, so that it holds up none of them, however many such rows there are.
    Later,
}

impl Outbox {
    /// Takes at most `most` rows that wait and whose time has come: the oldest first, where one that was put off counts from
    /// when its time has come. Rows that another relay has taken are passed over; on SQLite one relay takes at a time, and
    /// others find nothing. A row that cannot be read is refused and not among those taken.
    pub async fn take(&self, most: u64, now: Timestamp) -> Result<Taken, StoreError> {
        let backend = self.store.reading().get_database_backend();
        let waiting = format!(
            "SELECT {COLUMNS} FROM windlass_outbox
             WHERE failed_at IS NULL AND (due_at IS NULL OR due_at <= {})
             ORDER BY coalesce(due_at, created_at), windlass_outbox.id LIMIT {most}",
            now.as_millis()
        );
        match self.store.database() {
            Database::Postgres(_) => {
                let transaction = self.store.begin().await?;
                let ask = Statement::from_string(backend, format!("{waiting} FOR UPDATE SKIP LOCKED"));
                let (rows, refused) = sorted(rows(&transaction, ask).await?);
                apply(&transaction, &refused, now).await?;
                if rows.is_empty() {
                    transaction.commit().await?;
                    return Ok(Taken::nothing());
                }
                Ok(Taken { rows, hold: Hold::Rows(transaction) })
            }
            Database::Sqlite(path) => {
                let Some(lock) = lock(path)? else { return Ok(Taken::nothing()) };
                let ask = Statement::from_string(backend, waiting);
                let (rows, refused) = sorted(rows(self.store.reading(), ask).await?);
                if !refused.is_empty() {
                    settle(self.store.begin().await?, &refused, now).await?;
                }
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

/// Those that can be read, and what becomes of the others.
fn sorted(read: Vec<(OutboxRow, Option<Fault>)>) -> (Vec<OutboxRow>, Vec<(OutboxId, Fate)>) {
    let (mut rows, mut refused) = (Vec::with_capacity(read.len()), Vec::new());
    for (row, fault) in read {
        match fault {
            None => rows.push(row),
            Some(fault) => refused.push((row.id, Fate::Refused(fault))),
        }
    }
    (rows, refused)
}

async fn settle(
    transaction: Transaction,
    fates: &[(OutboxId, Fate)],
    now: Timestamp,
) -> Result<(), StoreError> {
    apply(&transaction, fates, now).await?;
    transaction.commit().await
}

async fn apply(
    transaction: &Transaction,
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
    Ok(())
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
