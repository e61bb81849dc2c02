//! Large values go when nobody knows their job any more.

use std::sync::Arc;
use std::time::Duration;

use windlass_relay::{Payloads, SweepReport, Sweeper};
use windlass_shared::{JobId, ManualClock, TenantId};
use windlass_store::blobs::BlobOwner;

use crate::blobs::{Stocked, large};
use crate::support::{complete, record_all};

/// A sweeper whose clock is this much ahead.
fn sweeper(stocked: &Stocked, ahead: Duration) -> Sweeper {
    let clock = ManualClock::default();
    clock.advance(ahead);
    let house = &stocked.house;
    Sweeper::new(stocked.blobs.clone(), Arc::clone(&house.engine), house.store.history(), Arc::new(clock))
}

async fn later(stocked: &Stocked) -> SweepReport {
    sweeper(stocked, Duration::from_mins(61)).run_once().await.unwrap()
}

async fn owned(stocked: &Stocked, job: JobId) -> usize {
    stocked.blobs.list(&BlobOwner::job(TenantId::default(), job)).await.unwrap().len()
}

#[tokio::test]
async fn what_no_job_was_enqueued_for_is_removed_after_an_hour_and_not_before() {
    let stocked = Stocked::new().await;
    let jobs: Vec<_> = (0..250).map(|_| stocked.house.new_job().id).collect();
    for (nth, job) in jobs.iter().enumerate() {
        let organization = format!("organization-{}", nth % 3).parse().unwrap();
        stocked.blobs.put(&BlobOwner::job(organization, *job), "a large value".into()).await.unwrap();
    }
    let kept = stocked.echo(large("x")).await;
    std::fs::write(stocked.house.path("blobs/notes.txt"), "somebody else's").unwrap();
    let soon = sweeper(&stocked, Duration::from_mins(59)).run_once().await.unwrap();
    assert_eq!(soon, SweepReport { seen: 251, young: 251, ..SweepReport::default() });
    let report = later(&stocked).await;
    assert_eq!(report, SweepReport { seen: 251, removed: 250, ..SweepReport::default() });
    assert_eq!(owned(&stocked, kept).await, 1);
    assert_eq!(later(&stocked).await, SweepReport { seen: 1, ..SweepReport::default() });
    assert!(stocked.house.path("blobs/notes.txt").exists());
}

#[tokio::test]
async fn what_the_history_remembers_is_kept_as_long_as_the_history() {
    let stocked = Stocked::new().await;
    let house = &stocked.house;
    let job = stocked.echo(large("x")).await;
    let claimed = house.claim(1).await.pop().unwrap();
    house.settle(&claimed, complete()).await;
    record_all(&mut house.recorder(), &house.queue).await;
    let row = house.rows().await.pop().unwrap();
    assert!(row.args.unwrap().starts_with(r#"{"$blob":"#));
    // The engine lets go of it; nobody has recorded that.
    house.engine.delete(&[job]).await.unwrap();
    assert!(house.engine.get(&[job]).await.unwrap()[0].is_none());
    assert_eq!(later(&stocked).await.removed, 0);
    assert_eq!(owned(&stocked, job).await, 1);
    house.store.history().delete(&[job]).await.unwrap();
    assert_eq!(later(&stocked).await.removed, 1);
    assert_eq!(owned(&stocked, job).await, 0);
}

#[tokio::test]
async fn what_is_left_out_of_the_history_goes_with_its_job() {
    let stocked = Stocked::new().await;
    let house = &stocked.house;
    let job = stocked.echo(large("x")).await;
    let claimed = house.claim(1).await.pop().unwrap();
    house.settle(&claimed, complete()).await;
    record_all(&mut house.recorder().payloads(Payloads::Leave), &house.queue).await;
    assert_eq!(later(&stocked).await.removed, 0);
    house.engine.delete(&[job]).await.unwrap();
    assert_eq!((house.rows().await.len(), later(&stocked).await.removed), (1, 1));
}
