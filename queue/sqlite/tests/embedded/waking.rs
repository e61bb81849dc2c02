//! Wake-ups across engines that share a file.

use std::time::Duration;

use windlass_queue::{ClaimJobs, Engine, EnqueueJobs, Notice};
use windlass_shared::Incarnation;

use crate::support::{Store, claim};

/// Far longer than a wake-up takes.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_wake_up_for_a_worker_that_is_gone_reaches_another() {
    let store = Store::new();
    let (engine, other) = (store.open(), store.open());
    let number = engine.queue_number(&store.queue).await.unwrap();
    let (gone, crashed, living) =
        (Incarnation::from_bytes([1; 8]), Incarnation::from_bytes([2; 8]), store.worker());
    let mut listener = engine.listener(living, &store.queue).await.unwrap();
    drop(engine.listener(gone, &store.queue).await.unwrap());
    let stale = store.path.with_file_name("wake").join(format!("{:04x}-{crashed}", number.get()));
    drop(std::os::unix::net::UnixDatagram::bind(&stale).unwrap());
    for worker in [gone, crashed, living] {
        assert!(engine.claim(&claim(worker, &store.queue)).await.unwrap().jobs.is_empty());
    }
    other.enqueue(&[store.job(number)]).await.remove(0).unwrap();
    assert_eq!(listener.next(SOON).await.unwrap(), [Notice::Work]);
    assert!(!stale.exists(), "the socket of a crashed worker is removed");
}

#[tokio::test]
async fn wake_ups_work_in_a_folder_whose_path_is_too_long_for_a_socket() {
    let store = Store::within(&format!("{0}/{0}/{0}", "d".repeat(60)));
    let (engine, other) = (store.open(), store.open());
    let number = engine.queue_number(&store.queue).await.unwrap();
    let worker = store.worker();
    let mut listener = engine.listener(worker, &store.queue).await.unwrap();
    engine.claim(&claim(worker, &store.queue)).await.unwrap();
    other.enqueue(&[store.job(number)]).await.remove(0).unwrap();
    assert_eq!(listener.next(SOON).await.unwrap(), [Notice::Work]);
}

#[tokio::test]
async fn a_listener_that_replaces_another_is_not_cut_off_by_its_end() {
    let store = Store::new();
    let engine = store.open();
    let number = engine.queue_number(&store.queue).await.unwrap();
    let worker = store.worker();
    let old = engine.listener(worker, &store.queue).await.unwrap();
    let mut new = engine.listener(worker, &store.queue).await.unwrap();
    drop(old);
    engine.claim(&claim(worker, &store.queue)).await.unwrap();
    engine.enqueue(&[store.job(number)]).await.remove(0).unwrap();
    assert_eq!(new.next(SOON).await.unwrap(), [Notice::Work]);
}
