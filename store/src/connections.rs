use std::io;
use std::path::Path;
use std::time::Duration;

use sea_orm::{SqlxPostgresConnector, SqlxSqliteConnector};
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, PgConnection, Postgres};

use crate::bounded::{Bounded, Connections};
use crate::options::{Database, StoreOptions};

/// Two ways into the database: for reading, and for writing.
pub(crate) fn open(options: &StoreOptions) -> (Connections, Connections) {
    match &options.database {
        Database::Sqlite(path) => sqlite(path, options),
        Database::Postgres(server) => postgres(server, options),
    }
}

fn postgres(server: &PgConnectOptions, options: &StoreOptions) -> (Connections, Connections) {
    let limit = options.statement + options.patience;
    let pool = PoolOptions::<Postgres>::new()
        .max_connections(options.connections)
        .acquire_timeout(options.patience)
        .after_release(move |connection, _| Box::pin(is_alive(connection, limit)))
        .connect_lazy_with(limited(server, options.statement));
    let database = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
    (Bounded::new(database.clone(), Some(limit)), Bounded::new(database, Some(limit)))
}

/// Sees to it that a connection that has fallen silent leaves the pool. The pool looks whether what comes back still lives,
/// but waits for the answer without end, and as long as it does the connection counts as one of its own.
async fn is_alive(connection: &mut PgConnection, limit: Duration) -> Result<bool, sqlx::Error> {
    let silent = |_| sqlx::Error::Io(io::ErrorKind::TimedOut.into());
    tokio::time::timeout(limit, connection.ping()).await.map_err(silent)??;
    Ok(true)
}

/// The server's own limits for our sessions, as far as the URL does not say any.
fn limited(server: &PgConnectOptions, statement: Duration) -> PgConnectOptions {
    let millis = |duration: Duration| duration.as_millis().to_string();
    let limits = [
        ("statement_timeout", millis(statement)),
        ("lock_timeout", millis(statement / 3)),
        ("idle_in_transaction_session_timeout", millis(statement * 2)),
        // How the server notices that nobody is there any more: milliseconds without an answer, and seconds of silence.
        ("tcp_user_timeout", millis(statement * 2)),
        ("tcp_keepalives_idle", "30".to_owned()),
        ("tcp_keepalives_interval", "10".to_owned()),
        ("tcp_keepalives_count", "3".to_owned()),
    ];
    let said = server.get_options().unwrap_or_default();
    server.clone().options(limits.into_iter().filter(|(name, _)| !said.contains(name)))
}

/// SQLite lets one connection write at a time. A process that has only one queues its writers where they wait without
/// asking again and again; other processes are waited for with a time-out.
fn sqlite(path: &Path, options: &StoreOptions) -> (Connections, Connections) {
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
        Bounded::new(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool), None)
    };
    (pool(options.connections), pool(1))
}
