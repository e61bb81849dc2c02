use anyhow::Result;
use sqlx::{Connection, Executor};
use windlass_store::{Database, Store, StoreError};

use crate::support::{connect, on_both_bare};

#[tokio::test]
async fn migrations_are_pending_until_they_are_applied_and_then_never_again() -> Result<()> {
    on_both_bare(async |database| {
        let store = connect(database);
        let pending = store.pending_migrations().await?;
        assert!(pending.len() >= 7, "{pending:?}");
        assert_eq!(store.migrate().await?, pending);
        assert_eq!(store.pending_migrations().await?, Vec::<String>::new());
        assert_eq!(store.migrate().await?, Vec::<String>::new());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_several_processes_that_migrate_at_once_one_does_it_and_none_fails() -> Result<()> {
    on_both_bare(async |database| {
        let stores: Vec<_> = (0..6).map(|_| connect(database.clone())).collect();
        let applied = futures_util::future::try_join_all(stores.iter().map(Store::migrate)).await?;
        assert_eq!(applied.iter().filter(|names| !names.is_empty()).count(), 1, "{applied:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn without_its_tables_the_store_says_which_command_makes_them() -> Result<()> {
    on_both_bare(async |database| {
        let error = connect(database).organizations().list(None, 1).await.unwrap_err();
        assert!(matches!(error, StoreError::NotMigrated { .. }), "{error:?}");
        assert!(error.to_string().contains("windlass migrate up"), "{error}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() -> Result<()> {
    on_both_bare(async |database| {
        let store = connect(database.clone());
        store.migrate().await?;
        run(&database, "INSERT INTO windlass_migrations (version, applied_at) VALUES ('m9999_later', 0)")
            .await?;
        for error in [store.migrate().await.unwrap_err(), store.pending_migrations().await.unwrap_err()] {
            assert!(matches!(&error, StoreError::Newer { detail } if detail == "m9999_later"), "{error:?}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() -> Result<()> {
    on_both_bare(async |database| {
        // The table of a later step is in the way.
        run(&database, "CREATE TABLE windlass_answers (mine INTEGER)").await?;
        let store = connect(database.clone());
        assert!(store.migrate().await.is_err());
        run(&database, "DROP TABLE windlass_answers").await?;
        assert_eq!(store.migrate().await?.len(), store.migrations().await?.len());
        Ok(())
    })
    .await
}

async fn run(database: &Database, sql: &'static str) -> Result<()> {
    match database {
        Database::Sqlite(path) => {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(path).create_if_missing(true);
            let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
            connection.execute(sql).await?;
            connection.close().await?;
        }
        Database::Postgres(options) => {
            let mut connection = sqlx::PgConnection::connect_with(options).await?;
            connection.execute(sql).await?;
            connection.close().await?;
        }
    }
    Ok(())
}
