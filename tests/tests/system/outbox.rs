//! What applications write in transactions of their own becomes a job if it is committed, and only once.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use windlass_queue::JobFilter;
use windlass_shared::{JobId, TenantId};
use windlass_store::outbox::sqlx::PgPool;
use windlass_store::outbox::{self, OutboxJob};
use windlass_store::{Database, Store, StoreOptions};
use windlass_tests::{EngineKind, PostgresServer, System, Witness, until};

const PATIENCE: Duration = Duration::from_mins(2);
const SECRET: &str = "a secret of the tests, which is long enough";

on_each_engine!(what_is_committed_becomes_a_job_once_whoever_dies);

async fn what_is_committed_becomes_a_job_once_whoever_dies(engine: EngineKind) {
    let mut database = PostgresServer::start().await.unwrap();
    let system = System::start(engine).await.unwrap();
    let system = system
        .variable("DATABASE_URL", &database.url())
        .variable("WINDLASS_SECRET_KEY", SECRET)
        .variable("WINDLASS_WORKER_RELAY", "false");
    let options =
        StoreOptions::new(Database::from_url(&database.url().into()).unwrap(), SECRET.to_owned().into());
    let store = Store::connect(options);
    store.migrate().await.unwrap();
    let witness = system.witness().unwrap();
    let mut relay = system.relay("relay").unwrap();
    let mut written = BTreeSet::new();
    for round in 0..20 {
        let application = PgPool::connect(&database.url()).await.unwrap();
        for number in 0..20 {
            let ids = write(&application, number % 5 == 4).await.unwrap();
            written.extend(ids);
        }
        application.close().await;
        relay.kill().unwrap();
        relay = system.relay("relay").unwrap();
        let mut rival = system.relay("rival").unwrap();
        if round % 5 == 4 {
            database.kill().unwrap();
            database.start_again().await.unwrap();
        }
        rival.says("the relay runs", PATIENCE).await.unwrap();
        rival.kill().unwrap();
    }
    let left = until("an empty outbox", PATIENCE, async || match store.outbox().depth().await {
        Ok(depth) => Ok((depth.waiting == 0).then_some(depth)),
        Err(error) if error.is_transient() => Ok(None),
        Err(error) => Err(error.into()),
    });
    assert_eq!(left.await.unwrap().failed, 0);
    let jobs = jobs(&witness).await.unwrap();
    assert_eq!(jobs.len(), written.len(), "each transaction that was committed has its jobs, once");
    let number = witness.engine().queue_number(&"default".parse().unwrap()).await.unwrap();
    let of_row = |row: &String| JobId::derived(&TenantId::default(), &format!("outbox:{row}"), number);
    assert_eq!(jobs.into_iter().collect::<BTreeSet<_>>(), written.iter().map(of_row).collect());
}

/// Writes some jobs in one transaction; answers those that were committed.
async fn write(application: &PgPool, gives_up: bool) -> Result<Vec<String>> {
    let mut transaction = application.begin().await?;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let job = OutboxJob::new("diagnostic.noop".parse()?, &json!({}));
        let id = outbox::write_postgres(&mut *transaction, &job).await?;
        ids.push(id.to_string());
    }
    if gives_up {
        transaction.rollback().await?;
        return Ok(Vec::new());
    }
    transaction.commit().await?;
    Ok(ids)
}

/// Every job that there is.
async fn jobs(witness: &Witness) -> Result<Vec<JobId>> {
    let (mut jobs, mut next) = (Vec::new(), None);
    loop {
        let page = witness.engine().list(&JobFilter::default(), next.as_ref(), 1_000).await?;
        jobs.extend(page.jobs.into_iter().map(|job| job.id));
        next = page.next;
        if next.is_none() {
            return Ok(jobs);
        }
    }
}
