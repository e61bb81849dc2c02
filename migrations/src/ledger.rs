use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use sea_orm_migration::{DbErr, MigratorTrait};

use crate::steps::{LEDGER, Migrations, STEPS};

/// Which steps a database has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The names of those that this version knows and the database has, oldest first.
    pub applied: Vec<String>,
    /// Those that this version knows and the database lacks, oldest first.
    pub pending: Vec<String>,
    /// Those that the database has and this version does not know: a newer version has been here.
    pub unknown: Vec<String>,
}

/// Asks the database which steps it has. Changes nothing, and needs no right to change anything.
pub async fn known<C: ConnectionTrait>(database: &C) -> Result<Known, DbErr> {
    let present = names(database).await?;
    let is_present = |name: &str| present.iter().any(|present| present == name);
    let (applied, pending): (Vec<_>, Vec<_>) =
        STEPS.iter().map(|step| step.name.to_owned()).partition(|name| is_present(name));
    let is_known = |name: &String| STEPS.iter().any(|step| step.name == name);
    let unknown = present.into_iter().filter(|name| !is_known(name)).collect();
    Ok(Known { applied, pending, unknown })
}

/// Applies what the database lacks, within the caller's transaction.
pub async fn up(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    Migrations::up(transaction, None).await
}

async fn names<C: ConnectionTrait>(database: &C) -> Result<Vec<String>, DbErr> {
    let backend = database.get_database_backend();
    let ask = |text: String| database.query_all_raw(Statement::from_string(backend, text));
    let tables = if backend == DbBackend::Postgres {
        format!("SELECT 1 WHERE to_regclass('{LEDGER}') IS NOT NULL")
    } else {
        format!("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{LEDGER}'")
    };
    if ask(tables).await?.is_empty() {
        return Ok(Vec::new());
    }
    let rows = ask(format!("SELECT version FROM {LEDGER} ORDER BY version")).await?;
    rows.iter().map(|row| row.try_get_by_index(0)).collect()
}
