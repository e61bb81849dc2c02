use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use uuid::Uuid;
use windlass_shared::{
    ClaimNumber, Clock, JobId, JobState, MaxAttempts, Priority, QueueName, QueueNumber, SystemClock,
    Timestamp,
};
use windlass_store::outbox::sqlx::PgPool;
use windlass_store::outbox::{self, Fate, OutboxJob};
use windlass_store::{
    Database, HistoryFilter, JobEnd, Recording, Runs, Step, Store, StoreError, StoreOptions, Verb,
};
use windlass_tests::{PostgresServer, until};

const BATCHES: u64 = 60;
const ROWS: u64 = 50;
const ORDERS: u128 = 300;
const PATIENCE: Duration = Duration::from_mins(1);

/// A recorder, an application with its outbox, and a relay, while the database is killed three times. None of them knows
/// what became of a call that the database did not answer; each makes it again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_killed_under_load_loses_nothing_and_doubles_nothing() -> Result<()> {
    let mut server = PostgresServer::start().await?;
    let database = Database::from_url(&server.url().into())?;
    let options = StoreOptions::new(database, "a secret of the tests".into());
    let store = Store::connect(StoreOptions { patience: Duration::from_secs(1), ..options });
    store.migrate().await?;
    let pool = PgPool::connect(&server.url()).await?;

    let (recorded, ordered) = (AtomicU64::new(0), AtomicU64::new(0));
    let kills = async {
        for moment in [BATCHES / 4, BATCHES / 2, BATCHES * 3 / 4] {
            until("progress", PATIENCE, async || {
                Ok((recorded.load(Ordering::SeqCst) >= moment).then_some(()))
            })
            .await?;
            server.kill()?;
            server.start_again().await?;
        }
        anyhow::Ok(())
    };
    let (relayed, (), (), ()) =
        tokio::try_join!(relay(&store, &ordered), record(&store, &recorded), order(&pool, &ordered), kills)?;

    assert_eq!(relayed, (0..ORDERS).map(|number| Uuid::from_u128(number).to_string()).collect());
    assert_eq!(store.outbox().depth().await?.waiting, 0);
    let every = HistoryFilter { runs: Runs::Every, ..HistoryFilter::default() };
    let rows = store.history().list(&every, None, 2 * BATCHES * ROWS).await?;
    let jobs: BTreeSet<JobId> = rows.iter().map(|row| row.job).collect();
    assert_eq!((rows.len(), jobs.len()), (usize::try_from(BATCHES * ROWS)?, rows.len()));
    assert_eq!(store.history().position(&queue()).await?.map(|at| at.recorded), Some(BATCHES * ROWS));
    Ok(())
}

/// Reads events and records them; where it is, only the database knows.
async fn record(store: &Store, progress: &AtomicU64) -> Result<()> {
    let history = store.history();
    until("the end of the recorder", PATIENCE, async || {
        let Some(position) = answered(history.position(&queue()).await)? else { return Ok(None) };
        let from = position.and_then(|position| position.position);
        let batch: u64 = from.as_deref().map_or(Ok(0), str::parse)?;
        progress.store(batch, Ordering::SeqCst);
        if batch == BATCHES {
            return Ok(Some(()));
        }
        let rows = (0..ROWS).map(|row| end(batch * ROWS + row)).collect();
        let step = Step::Advance { from, to: (batch + 1).to_string() };
        let recording = Recording { queue: queue(), step, rows, deleted: Vec::new(), gap: None };
        answered(history.record(&recording, SystemClock.now()).await)?;
        Ok(None)
    })
    .await
}

/// Takes orders, each with a mail in the same transaction.
async fn order(pool: &PgPool, progress: &AtomicU64) -> Result<()> {
    for number in 0..ORDERS {
        until("an order", PATIENCE, async || {
            let job = OutboxJob::new("email.send".parse()?, &json!({ "order": number.to_string() }));
            let Ok(mut transaction) = pool.begin().await else { return Ok(None) };
            let written =
                outbox::write_postgres(&mut *transaction, &job.with_id(Uuid::from_u128(number))).await;
            match answered_or_there(written)? {
                None => Ok(None),
                Some(()) => Ok(transaction.commit().await.is_ok().then_some(())),
            }
        })
        .await?;
        progress.fetch_add(1, Ordering::SeqCst);
    }
    Ok(())
}

/// Moves rows to a queue, which as ours does takes an id for the same job however often it comes.
async fn relay(store: &Store, ordered: &AtomicU64) -> Result<BTreeSet<String>> {
    let mut queue = BTreeSet::new();
    let outbox = store.outbox();
    until("the end of the relay", PATIENCE, async || {
        let all_ordered = u128::from(ordered.load(Ordering::SeqCst)) == ORDERS;
        let Some(taken) = answered(outbox.take(20, SystemClock.now()).await)? else { return Ok(None) };
        if taken.rows().is_empty() {
            return Ok(all_ordered.then_some(()));
        }
        queue.extend(taken.rows().iter().map(|row| row.id.to_string()));
        let fates: Vec<_> = taken.rows().iter().map(|row| (row.id.clone(), Fate::Relayed)).collect();
        answered(taken.settle(&fates, SystemClock.now()).await)?;
        Ok(None)
    })
    .await?;
    Ok(queue)
}

/// What the database answered; `None` when it did not.
fn answered<T>(outcome: Result<T, StoreError>) -> Result<Option<T>> {
    match outcome {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.is_transient() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The same where the row may be there already, from a commit whose answer was lost.
fn answered_or_there<T>(outcome: Result<T, StoreError>) -> Result<Option<()>> {
    match outcome {
        Err(StoreError::Refused { detail }) if detail.contains("duplicate key") => Ok(Some(())),
        outcome => Ok(answered(outcome)?.map(|_| ())),
    }
}

fn queue() -> QueueName {
    "email".parse().unwrap()
}

fn end(number: u64) -> JobEnd {
    let at = Timestamp::from_millis(1_800_000_000_000);
    JobEnd {
        job: JobId::new(at, QueueNumber::new(1), number),
        claim: ClaimNumber::new(1),
        ended_at: at,
        organization: windlass_shared::TenantId::default(),
        queue: queue(),
        kind: "email.send".parse().unwrap(),
        verb: Verb::Complete,
        state: JobState::Completed,
        attempt: 1,
        max_attempts: MaxAttempts::after_retries(4),
        priority: Priority::default(),
        tags: Vec::new(),
        created_at: at,
        attempted_at: None,
        worker: None,
        error_reason: None,
        error: None,
        args: Some("{}".to_owned()),
        result: None,
        details: None,
    }
}
