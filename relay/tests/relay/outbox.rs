use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use windlass_queue::{Catalog, Client, EnqueueOptions, EnqueueRequest, JobKind, PolicyChange};
use windlass_relay::{OutboxRelay, ReadOutbox, RelayReport};
use windlass_shared::{Clock, ManualClock, SystemClock};
use windlass_store::Database;
use windlass_store::outbox::sqlx::SqlitePool;
use windlass_store::outbox::sqlx::sqlite::SqliteConnectOptions;
use windlass_store::outbox::{self, OutboxJob, OutboxRow};

use crate::support::House;

#[derive(Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct Order {
    number: u32,
}

impl JobKind for Order {
    const NAME: &'static str = "test.order";
    const QUEUE: &'static str = "test";
    type Output = ();
}

/// Rows without options.
#[derive(Debug)]
struct Plainly;

impl ReadOutbox for Plainly {
    fn read(&self, row: &OutboxRow) -> Result<EnqueueRequest, String> {
        let args = serde_json::from_str(&row.args).map_err(|error| format!("args: {error}"))?;
        let tenant = row.organization.parse().map_err(|error| format!("organization: {error}"))?;
        let options = EnqueueOptions { tenant, ..EnqueueOptions::default() };
        Ok(EnqueueRequest { kind: row.kind.clone(), args, options })
    }
}

fn client(house: &House) -> Client {
    let mut catalog = Catalog::new();
    catalog.add::<Order>().unwrap();
    Client::new(Arc::clone(&house.engine), Arc::new(catalog), House::clock())
}

fn relay(house: &House) -> OutboxRelay {
    OutboxRelay::new(client(house), house.store.outbox(), Arc::new(Plainly), House::clock())
}

fn order(number: u32) -> OutboxJob {
    OutboxJob::new("test.order".parse().unwrap(), &json!({ "number": number }))
}

/// Writes rows as an application does, in a transaction of its own.
async fn write(house: &House, jobs: &[OutboxJob]) {
    let Database::Sqlite(path) = house.store.database() else { panic!("an embedded database") };
    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(path)).await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    for job in jobs {
        outbox::write_sqlite(&mut *transaction, job).await.unwrap();
    }
    transaction.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_written_becomes_a_job_once() {
    let house = House::new().await;
    write(&house, &[order(1), order(2), order(3)]).await;
    // This one dies before it can say that the rows are done with.
    let taken = house.store.outbox().take(2, SystemClock.now()).await.unwrap();
    for row in taken.rows() {
        let mut request = Plainly.read(row).unwrap();
        request.options.idempotency_key = Some(format!("outbox:{}", row.id));
        client(&house).enqueue_one(request).await.unwrap();
    }
    drop(taken);
    let report = relay(&house).run_once().await.unwrap();
    assert_eq!(report, RelayReport { relayed: 3, ..RelayReport::default() });
    assert_eq!(relay(&house).run_once().await.unwrap(), RelayReport::default(), "nothing is left");
    let args: BTreeSet<_> = house.claim(10).await.into_iter().map(|job| job.args).collect();
    assert_eq!(args, [1, 2, 3].map(|number| json!({ "number": number }).to_string().into()).into());
}

#[tokio::test]
async fn what_will_never_be_a_job_stays_with_its_reason_and_holds_up_no_other() {
    let house = House::new().await;
    let nobody = OutboxJob::new("test.nobody".parse().unwrap(), &json!({}));
    let wrong = OutboxJob::new("test.order".parse().unwrap(), &json!({ "number": "seven" }));
    write(&house, &[nobody, wrong, order(1)]).await;
    let report = relay(&house).run_once().await.unwrap();
    assert_eq!(report, RelayReport { relayed: 1, refused: 2, waiting: 0 });
    let refused = house.store.outbox().failed(None, None, 10).await.unwrap();
    let mut reasons: Vec<_> = refused.into_iter().map(|row| row.error.unwrap()).collect();
    reasons.sort_unstable();
    assert!(reasons[0].contains("/number") && reasons[1].contains("test.nobody"), "{reasons:?}");
    assert_eq!(house.store.outbox().retry(None).await.unwrap(), 2);
    assert_eq!(relay(&house).run_once().await.unwrap().refused, 2, "again, as somebody asked for it");
}

#[tokio::test]
async fn what_the_queue_does_not_take_now_waits() {
    let house = House::new().await;
    let drain = |draining| PolicyChange { draining: Some(draining), ..PolicyChange::default() };
    house.engine.set_policy(&house.queue, &drain(true)).await.unwrap();
    write(&house, &[order(1)]).await;
    let clock = Arc::new(ManualClock::default());
    let relay = OutboxRelay::new(
        client(&house),
        house.store.outbox(),
        Arc::new(Plainly),
        Arc::<ManualClock>::clone(&clock),
    );
    assert_eq!(relay.run_once().await.unwrap(), RelayReport { waiting: 1, ..RelayReport::default() });
    house.engine.set_policy(&house.queue, &drain(false)).await.unwrap();
    assert_eq!(relay.run_once().await.unwrap(), RelayReport::default(), "not at once");
    clock.advance(Duration::from_mins(1));
    assert_eq!(relay.run_once().await.unwrap().relayed, 1);
}
