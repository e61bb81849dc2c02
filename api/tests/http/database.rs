//! Where the store of a test is: in a file, or, when the suite runs a second time, on PostgreSQL.

use std::path::Path;

use windlass_shared::Entropy;
use windlass_store::Database;
use windlass_store::outbox::sqlx::postgres::PgConnectOptions;
use windlass_store::outbox::sqlx::{AssertSqlSafe, PgPool, raw_sql};

/// A database of a test's own; on PostgreSQL it has to be [made](make) first. The server goes with what is on it.
pub(crate) fn of(folder: &Path) -> Database {
    match server() {
        None => Database::Sqlite(folder.join("store.db")),
        Some(server) => {
            let name = format!("api_{:016x}", Entropy::from_system().number());
            Database::Postgres(Box::new(server.database(&name)))
        }
    }
}

/// Makes the database, where that is not done by opening it.
pub(crate) async fn make(database: &Database) {
    if let Database::Postgres(options) = database
        && let (Some(server), Some(name)) = (server(), options.get_database())
    {
        run(server, &format!("CREATE DATABASE {name}")).await;
    }
}

/// Changes what is there behind everybody's back.
pub(crate) async fn tamper(database: &Database, sql: &str) {
    match database {
        Database::Sqlite(file) => {
            let connection = rusqlite::Connection::open(file).unwrap();
            connection.execute_batch(sql).unwrap();
        }
        Database::Postgres(options) => run((**options).clone(), sql).await,
    }
}

async fn run(options: PgConnectOptions, sql: &str) {
    let pool = PgPool::connect_with(options).await.unwrap();
    raw_sql(AssertSqlSafe(sql.to_owned())).execute(&pool).await.unwrap();
    pool.close().await;
}

/// The server of the tests, where they are to be on one.
fn server() -> Option<PgConnectOptions> {
    let is_wanted = variable("WINDLASS_TEST_API_STORE").is_some_and(|store| store == "postgres");
    is_wanted.then(|| variable("WINDLASS_TEST_POSTGRES_URL").unwrap().parse().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "the tests' one look at their environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
