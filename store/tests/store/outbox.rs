use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::json;
use uuid::Uuid;
use windlass_store::outbox::sea_orm::{
    ConnectionTrait, DatabaseConnection, SqlxPostgresConnector, SqlxSqliteConnector, TransactionTrait,
};
use windlass_store::outbox::sqlx::sqlite::SqliteConnectOptions;
use windlass_store::outbox::sqlx::{PgPool, SqlitePool};
use windlass_store::outbox::{self, Fate, OutboxId, OutboxJob};
use windlass_store::{Database, Store};

use crate::support::{NOW, at, on_both};

fn job() -> OutboxJob {
    OutboxJob::new("email.send".parse().unwrap(), &json!({ "to": "ada\u{0}@example.com" }))
}

/// The application's own way into the store's database.
pub(crate) async fn application(store: &Store) -> Result<DatabaseConnection> {
    Ok(match store.database() {
        Database::Sqlite(path) => {
            let options = SqliteConnectOptions::new().filename(path);
            SqlxSqliteConnector::from_sqlx_sqlite_pool(SqlitePool::connect_with(options).await?)
        }
        Database::Postgres(options) => {
            SqlxPostgresConnector::from_sqlx_postgres_pool(PgPool::connect_with((**options).clone()).await?)
        }
    })
}

pub(crate) async fn write(store: &Store, jobs: usize) -> Result<Vec<OutboxId>> {
    let application = application(store).await?;
    let transaction = application.begin().await?;
    let mut ids = Vec::new();
    for _ in 0..jobs {
        ids.push(outbox::write(&transaction, &job()).await?);
    }
    transaction.commit().await?;
    application.close().await?;
    Ok(ids)
}

pub(crate) fn ids(rows: &[outbox::OutboxRow]) -> BTreeSet<String> {
    rows.iter().map(|row| row.id.to_string()).collect()
}

#[tokio::test]
async fn a_job_is_there_when_its_transaction_was_committed_and_only_then() -> Result<()> {
    on_both(async |store| {
        let application = application(&store).await?;
        let given_up = application.begin().await?;
        outbox::write(&given_up, &job()).await?;
        given_up.rollback().await?;
        let dropped = application.begin().await?;
        outbox::write(&dropped, &job()).await?;
        drop(dropped);
        assert_eq!(store.outbox().take(10, NOW).await?.rows(), []);

        let transaction = application.begin().await?;
        let options = json!({ "priority": 1 });
        let id = outbox::write(&transaction, &job().of("default".parse()?).with_options(&options)).await?;
        assert_eq!(store.outbox().take(10, NOW).await?.rows(), [], "it has not been committed yet");
        transaction.commit().await?;
        let taken = store.outbox().take(10, NOW).await?;
        let row = &taken.rows()[0];
        assert_eq!((&row.id, row.kind.as_str(), row.organization.as_str()), (&id, "email.send", "default"));
        assert_eq!(row.args, r#"{"to":"ada\u0000@example.com"}"#);
        assert_eq!(row.options.as_deref(), Some(r#"{"priority":1}"#));
        assert!(row.created_at.as_millis() > 1_600_000_000_000, "{row:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn transactions_of_sqlx_write_the_same_row() -> Result<()> {
    on_both(async |store| {
        let id = Uuid::from_u128(0x0190_a5c2_7d3e_7cc1_9b0a_5f1e_2d3c_0007);
        match store.database() {
            Database::Sqlite(path) => {
                let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await?;
                let mut given_up = pool.begin().await?;
                outbox::write_sqlite(&mut *given_up, &job()).await?;
                given_up.rollback().await?;
                let mut transaction = pool.begin().await?;
                outbox::write_sqlite(&mut *transaction, &job().with_id(id)).await?;
                transaction.commit().await?;
            }
            Database::Postgres(options) => {
                let pool = PgPool::connect_with((**options).clone()).await?;
                let mut given_up = pool.begin().await?;
                outbox::write_postgres(&mut *given_up, &job()).await?;
                given_up.rollback().await?;
                let mut transaction = pool.begin().await?;
                outbox::write_postgres(&mut *transaction, &job().with_id(id)).await?;
                transaction.commit().await?;
            }
        }
        let taken = store.outbox().take(10, NOW).await?;
        assert_eq!(ids(taken.rows()), [id.to_string()].into());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn two_relays_never_have_the_same_row() -> Result<()> {
    on_both(async |store| {
        let written: BTreeSet<String> = write(&store, 30).await?.iter().map(ToString::to_string).collect();
        let other = Store::connect(windlass_store::StoreOptions::new(store.database().clone(), "x".into()));
        let first = store.outbox().take(10, NOW).await?;
        let second = other.outbox().take(100, NOW).await?;
        assert_eq!(first.rows().len(), 10);
        assert!(ids(first.rows()).is_disjoint(&ids(second.rows())));
        if !store.database().is_embedded() {
            assert_eq!(second.rows().len(), 20, "rows that are taken keep nobody from the others");
        }
        // Given back as they were.
        first.settle(&[], NOW).await?;
        second.settle(&[], NOW).await?;
        let all = store.outbox().take(100, NOW).await?;
        assert_eq!(ids(all.rows()), written);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn many_relays_relay_each_row_once() -> Result<()> {
    on_both(async |store| {
        let written: BTreeSet<String> = write(&store, 60).await?.iter().map(ToString::to_string).collect();
        let relay = async || {
            let mut relayed = Vec::new();
            while store.outbox().depth().await?.waiting > 0 {
                let taken = store.outbox().take(7, NOW).await?;
                let fates: Vec<_> = taken.rows().iter().map(|row| (row.id.clone(), Fate::Relayed)).collect();
                relayed.extend(fates.iter().map(|(id, _)| id.to_string()));
                tokio::task::yield_now().await;
                taken.settle(&fates, NOW).await?;
            }
            anyhow::Ok(relayed)
        };
        let (one, two, three) = futures_util::future::try_join3(relay(), relay(), relay()).await?;
        let all: Vec<_> = [one, two, three].concat();
        assert_eq!(all.len(), 60);
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), written);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_refused_row_stays_with_its_reason_until_somebody_decides() -> Result<()> {
    on_both(async |store| {
        let outbox = store.outbox();
        let written = write(&store, 3).await?;
        let fate = |error: &str| Fate::Refused(error.to_owned());
        let taken = outbox.take(10, NOW).await?;
        let fates = [(written[0].clone(), fate("no such kind\0")), (written[1].clone(), fate("bad args"))];
        taken.settle(&fates, at(1)).await?;

        let depth = outbox.depth().await?;
        assert_eq!((depth.waiting, depth.failed), (1, 2));
        assert!(depth.oldest.is_some());
        let first = outbox.failed(None, None, 1).await?;
        let second = outbox.failed(None, Some(&first[0].id), 10).await?;
        let mut errors: Vec<_> = first.iter().chain(&second).filter_map(|row| row.error.clone()).collect();
        errors.sort();
        assert_eq!(errors, ["bad args", "no such kind\u{FFFD}"]);
        assert_eq!(outbox.failed(Some(&"zoo".parse()?), None, 10).await?, []);
        let taken = outbox.take(10, NOW).await?;
        assert_eq!(ids(taken.rows()), [written[2].to_string()].into());
        taken.settle(&[], at(2)).await?;

        assert_eq!(outbox.retry(Some(&written[..1])).await?, 1);
        assert_eq!(outbox.take(10, NOW).await?.rows().len(), 2);
        assert_eq!(outbox.remove(Some(&written)).await?, 1, "rows that wait are not removed");
        assert_eq!(outbox.depth().await?.failed, 0);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_that_the_queue_does_not_take_now_holds_up_none_behind_it() -> Result<()> {
    on_both(async |store| {
        let outbox = store.outbox();
        write(&store, 2).await?;
        let taken = outbox.take(1, NOW).await?;
        let first = taken.rows()[0].id.clone();
        taken.settle(&[(first.clone(), Fate::Later)], NOW).await?;
        let taken = outbox.take(1, NOW).await?;
        assert_ne!(taken.rows()[0].id, first);
        taken.settle(&[], NOW).await?;
        let taken = outbox.take(2, at(3_600_000)).await?;
        assert_eq!(taken.rows()[1].id, first, "its time has come");
        assert_eq!(outbox.depth().await?.waiting, 2);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn rows_whose_queue_takes_nothing_starve_none_behind_them_however_many_they_are() -> Result<()> {
    on_both(async |store| {
        let outbox = store.outbox();
        write(&store, 9).await?;
        let (mut seen, mut now) = (BTreeSet::new(), 0);
        for _ in 0..3 {
            // By the next time all those that were put off may be taken again.
            now += 60_000;
            let taken = outbox.take(3, at(now)).await?;
            seen.extend(ids(taken.rows()));
            let fates: Vec<_> = taken.rows().iter().map(|row| (row.id.clone(), Fate::Later)).collect();
            taken.settle(&fates, at(now)).await?;
        }
        assert_eq!(seen.len(), 9);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_row_needs_an_id_a_kind_and_args_alone() -> Result<()> {
    on_both(async |store| {
        let application = application(&store).await?;
        let insert = "INSERT INTO windlass_outbox (id, kind, args)
                      VALUES ('0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007', 'email.send', '{}')";
        application.execute_unprepared(insert).await?;
        let again = application.execute_unprepared(insert).await;
        assert!(again.is_err(), "one id is one row");
        let no_id = "INSERT INTO windlass_outbox (id, kind, args) VALUES ('7', 'email.send', '{}')";
        assert!(application.execute_unprepared(no_id).await.is_err());
        let taken = store.outbox().take(10, NOW).await?;
        assert_eq!(taken.rows()[0].id.as_str(), "0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007");
        assert_eq!(taken.rows()[0].organization, "default");
        Ok(())
    })
    .await
}
