use rusqlite::{Connection, TransactionBehavior};

use crate::fault::Fault;

/// What led from each version of the schema to the next one. Never changed, only added to.
const MIGRATIONS: &[&str] = &[
    include_str!("0001_jobs.sql"),
    include_str!("0002_rules.sql"),
    include_str!("0003_records.sql"),
    include_str!("0004_batches.sql"),
    include_str!("0005_events.sql"),
];

/// Brings the schema up to the newest version. Refuses a file that a newer Windlass has written.
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), Fault> {
    if version(connection)? == MIGRATIONS.len() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have migrated meanwhile.
    let version = version(&transaction)?;
    let Some(missing) = MIGRATIONS.get(version..) else { return Err(from_the_future(version)) };
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "user_version", MIGRATIONS.len())?;
    transaction.commit()?;
    Ok(())
}

fn version(connection: &Connection) -> Result<usize, Fault> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn from_the_future(version: usize) -> Fault {
    let known = MIGRATIONS.len();
    Fault::Refused(format!(
        "the file has version {version} of the schema and this Windlass knows versions up to {known}; use the \
         newer Windlass that wrote it, or another data directory"
    ))
}
