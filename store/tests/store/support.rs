use std::future::Future;
use std::str::FromStr;

use anyhow::{Context, Result};
use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use uuid::Uuid;
use windlass_shared::Timestamp;
use windlass_store::{Database, Store, StoreOptions};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// A moment some milliseconds after [`NOW`], or before it.
pub(crate) fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + millis)
}

/// Runs a test on a new, migrated store of each kind.
pub(crate) async fn on_both<T: Future<Output = Result<()>>>(test: impl Fn(Store) -> T) -> Result<()> {
    on_both_bare(async |database| {
        let store = connect(database);
        store.migrate().await?;
        test(store.clone()).await?;
        Ok(store.close().await?)
    })
    .await
}

/// Runs a test on a new, empty database of each kind.
pub(crate) async fn on_both_bare(test: impl AsyncFn(Database) -> Result<()>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    test(Database::Sqlite(folder.path().join("store.db"))).await.context("on SQLite")?;

    let server = PgConnectOptions::from_str(&variable("WINDLASS_TEST_POSTGRES_URL"))
        .context("WINDLASS_TEST_POSTGRES_URL")?;
    let mut administrator = server.connect().await.context("the PostgreSQL server of the tests")?;
    let name = format!("test_{}", Uuid::from_bytes(random()?).simple());
    administrator.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
    let outcome = test(Database::Postgres(Box::new(server.database(&name)))).await.context("on PostgreSQL");
    administrator.execute(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).await?;
    administrator.close().await?;
    outcome
}

pub(crate) fn connect(database: Database) -> Store {
    Store::connect(StoreOptions::new(database, SecretString::from("a secret of the tests")))
}

pub(crate) fn random() -> Result<[u8; 16]> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(random)
}

#[expect(clippy::disallowed_methods, reason = "the tests' one look at their environment")]
pub(crate) fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set; run `cargo xtask test`, which starts the servers"))
}
