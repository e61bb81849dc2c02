use std::path::Path;

use sea_orm::{DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::Postgres;
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::options::{Database, StoreOptions};

/// Two ways into the database: for reading, and for writing.
pub(crate) fn open(options: &StoreOptions) -> (DatabaseConnection, DatabaseConnection) {
    match &options.database {
        Database::Sqlite(path) => sqlite(path, options),
        Database::Postgres(server) => postgres(server, options),
    }
}

fn postgres(server: &PgConnectOptions, options: &StoreOptions) -> (DatabaseConnection, DatabaseConnection) {
    let pool = PoolOptions::<Postgres>::new()
        .max_connections(options.connections)
        .acquire_timeout(options.patience)
        .connect_lazy_with(server.clone());
    let database = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    (database.clone(), database)
}

/// SQLite lets one connection write at a time. A process that has only one queues its writers where they wait without
/// asking again and again; other processes are waited for with a time-out.
fn sqlite(path: &Path, options: &StoreOptions) -> (DatabaseConnection, DatabaseConnection) {
    let file = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(options.patience);
    let pool = |connections| {
        let pool = PoolOptions::<Sqlite>::new()
            .max_connections(connections)
            .acquire_timeout(options.patience)
            .connect_lazy_with(file.clone());
        SqlxSqliteConnector::from_sqlx_sqlite_pool(pool)
    };
    (pool(options.connections), pool(1))
}
