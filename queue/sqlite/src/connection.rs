use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::fault::Fault;

/// How long a connection tries to get the write lock that another one holds.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it waits between two tries. SQLite's own handler waits up to 100 ms, which is much longer than a
/// usual transaction takes.
const PAUSE: Duration = Duration::from_micros(500);
/// How many statements a connection keeps prepared; more than there are.
const STATEMENTS: usize = 256;
/// How large the WAL may stay after a checkpoint.
const WAL_BYTES: i64 = 64 * 1024 * 1024;
/// After how many pages in the WAL a commit copies them into the database: 16 MiB.
const CHECKPOINT_PAGES: i64 = 4_096;
/// How much of the database a writing connection may keep in memory, in KiB and negative as SQLite wants it.
const CACHE_KIB: i64 = -32 * 1024;

/// Opens a connection that writes, and creates the file where there is none.
pub(crate) fn open_writing(path: &Path) -> Result<Connection, Fault> {
    let connection = Connection::open(path)?;
    prepare(&connection)?;
    use_wal(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    connection.pragma_update(None, "journal_size_limit", WAL_BYTES)?;
    connection.pragma_update(None, "cache_size", CACHE_KIB)?;
    Ok(connection)
}

/// Opens a connection that only reads a file that exists.
pub(crate) fn open_reading(path: &Path) -> Result<Connection, Fault> {
    // A connection opened read-only could not set up the shared memory that readers of a WAL need.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn prepare(connection: &Connection) -> Result<(), Fault> {
    connection.busy_handler(Some(wait_for_lock))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise SQLite plans a statement anew when its values change, to see whether they make a difference.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

/// The mode is a property of the file, and SQLite does not ask the busy handler while it changes.
fn use_wal(connection: &Connection) -> Result<(), Fault> {
    let mut tries = 0;
    loop {
        let mode =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                return Err(Fault::Refused(format!("the file cannot be used in WAL mode, only in {mode}")));
            }
            Err(error) if is_busy(&error) && wait_for_lock(tries) => tries += 1,
            Err(error) => return Err(error.into()),
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "SQLite gives no signal when a lock of another process is free"
)]
fn wait_for_lock(tries: i32) -> bool {
    let waited = PAUSE.saturating_mul(u32::try_from(tries).unwrap_or(u32::MAX));
    if waited > PATIENCE {
        return false;
    }
    std::thread::sleep(PAUSE);
    true
}
