use anyhow::Result;
use windlass_store::outbox::sea_orm::ConnectionTrait;
use windlass_store::outbox::sqlx::sqlite::SqliteConnectOptions;
use windlass_store::outbox::sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection};
use windlass_store::outbox::{Fate, OutboxId};
use windlass_store::{Database, Store};

use crate::outbox::{application, ids, write};
use crate::support::{NOW, on_both};

/// A connection of somebody who writes into the file as he likes.
async fn scribbler(store: &Store) -> Result<Option<SqliteConnection>> {
    let Database::Sqlite(path) = store.database() else { return Ok(None) };
    Ok(Some(SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await?))
}

const ID: &str = "0190A5C2-7D3E-7CC1-9B0A-5F1E2D3C0007";

#[tokio::test]
async fn what_postgresql_would_not_take_as_a_row_is_refused_on_sqlite_too() -> Result<()> {
    on_both(async |store| {
        let application = application(&store).await?;
        for (id, columns, values) in [
            ("0190a5c2-7d3e-7cc1-9b0a-5f1e2d3cxyzw", "", ""),
            ("0190a5c27d3e7cc19b0a5f1e2d3c000700000", "", ""),
            (ID, ", created_at", ", 'yesterday'"),
            (ID, ", due_at", ", 'tomorrow'"),
        ] {
            let insert = format!(
                "INSERT INTO windlass_outbox (id, kind, args{columns}) VALUES ('{id}', 'email.send', '{{}}'{values})"
            );
            assert!(application.execute_unprepared(&insert).await.is_err(), "{insert}");
        }
        let Some(mut file) = scribbler(&store).await? else { return Ok(()) };
        for (columns, values) in [
            ("args", "x'7b7d'"),
            ("args, created_at", "'{}', 1.5"),
            ("args, options", "'{}', x'00'"),
            ("args, due_at", "'{}', 1e300"),
        ] {
            let insert = format!(
                "INSERT INTO windlass_outbox (id, kind, {columns}) VALUES ('{ID}', 'email.send', {values})"
            );
            assert!(file.execute(AssertSqlSafe(insert.clone())).await.is_err(), "{insert}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_refused_and_holds_up_none_behind_it() -> Result<()> {
    on_both(async |store| {
        // No text gets into PostgreSQL that is none.
        let Some(mut file) = scribbler(&store).await? else { return Ok(()) };
        file.execute("PRAGMA ignore_check_constraints = ON").await?;
        for (number, columns, values) in [
            (1, "args, created_at", "CAST(x'22ff22' AS TEXT), 1"),
            (2, "args, created_at", "x'7b7d', 2"),
            (3, "args, created_at", "'{}', 2.5"),
            (4, "args, organization, created_at", "'{}', x'ff', 4"),
        ] {
            let insert = format!(
                "INSERT INTO windlass_outbox (id, kind, {columns})
                 VALUES ('0190a5c2-7d3e-7cc1-9b0a-00000000000{number}', 'email.send', {values})"
            );
            file.execute(AssertSqlSafe(insert)).await?;
        }
        let written = write(&store, 1).await?;
        let outbox = store.outbox();
        assert_eq!(outbox.depth().await?.waiting, 5);
        let taken = outbox.take(5, NOW).await?;
        assert_eq!(ids(taken.rows()), [written[0].to_string()].into());
        taken.settle(&[], NOW).await?;

        let failed = outbox.failed(None, None, 10).await?;
        let errors: Vec<_> = failed.iter().filter_map(|row| row.error.as_deref()).collect();
        let text = |column| format!("`{column}` is not a text in UTF-8");
        let number = "`created_at` is not a whole number of milliseconds".to_owned();
        assert_eq!(errors, [text("organization"), number, text("args"), text("args")]);
        assert_eq!(failed[3].args, "\"\u{FFFD}\"", "shown as far as it can be");
        assert_eq!(outbox.remove(None).await?, 4);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_id_in_capitals_is_the_same_id() -> Result<()> {
    on_both(async |store| {
        let (application, outbox) = (application(&store).await?, store.outbox());
        let insert = |id: &str| {
            format!("INSERT INTO windlass_outbox (id, kind, args) VALUES ('{id}', 'email.send', '{{}}')")
        };
        application.execute_unprepared(&insert(ID)).await?;
        assert!(
            application.execute_unprepared(&insert(&ID.to_lowercase())).await.is_err(),
            "one id is one row"
        );
        let id: OutboxId = ID.parse()?;
        let refused = [(id.clone(), Fate::Refused("no such kind".to_owned()))];
        let taken = outbox.take(1, NOW).await?;
        assert_eq!(taken.rows()[0].id, id);
        taken.settle(&refused, NOW).await?;
        assert_eq!(outbox.failed(None, None, 1).await?[0].id, id);
        assert_eq!(outbox.retry(Some(std::slice::from_ref(&id))).await?, 1);
        outbox.take(1, NOW).await?.settle(&refused, NOW).await?;
        assert_eq!(outbox.remove(Some(&[id])).await?, 1);
        Ok(())
    })
    .await
}
