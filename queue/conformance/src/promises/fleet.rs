//! The workers of a queue can be seen for as long as they live.

use windlass_queue::{Beat, LivingWorker};
use windlass_shared::Incarnation;

use crate::Bench;
use crate::endings::complete;

pub async fn a_living_worker_is_shown_as_it_introduced_itself(bench: Bench) {
    let beat = Beat { memory: Some(123_456_789_012), ..bench.beat_serving(bench.worker(), &["a", "b.c"]) };
    assert!(workers(&bench).await.is_empty());
    renew(&bench, &beat).await;
    let expected =
        LivingWorker { incarnation: beat.worker, info: beat.info.clone(), memory: beat.memory, running: 0 };
    assert_eq!(workers(&bench.second().await).await, [expected]);
    assert!(workers(&bench.another_queue().await).await.is_empty());
}

pub async fn a_worker_is_shown_as_of_its_newest_beat(bench: Bench) {
    let mut beat = bench.beat(bench.worker());
    renew(&bench, &beat).await;
    for memory in [Some(1), Some(2), None] {
        beat.memory = memory;
        renew(&bench, &beat).await;
        assert_eq!(workers(&bench).await[0].memory, memory);
    }
}

pub async fn workers_are_listed_by_name(bench: Bench) {
    for name in ["mars", "venus", "earth"] {
        let mut beat = bench.beat(bench.worker());
        beat.info.name = name.to_owned();
        renew(&bench, &beat).await;
    }
    let names: Vec<_> = workers(&bench).await.into_iter().map(|worker| worker.info.name).collect();
    assert_eq!(names, ["earth", "mars", "venus"]);
}

pub async fn what_a_worker_runs_is_counted_in_each_queue(bench: Bench) {
    let (other, worker) = (bench.another_queue().await, bench.worker());
    let queues = vec![bench.queue.clone(), other.queue.clone()];
    renew(&bench, &Beat { queues, ..bench.beat(worker) }).await;
    bench.add_plain(3).await;
    other.add_plain(1).await;
    let claimed = bench.claim(worker, 3).await;
    other.claim(worker, 1).await;
    assert_eq!([running(&bench, worker).await, running(&other, worker).await], [3, 1]);
    bench.settle(claimed[0].claim, complete()).await;
    bench.lose(claimed[1].claim).await;
    assert_eq!([running(&bench, worker).await, running(&other, worker).await], [1, 1]);
}

pub async fn a_worker_that_is_gone_is_shown_no_more(bench: Bench) {
    let (retired, dead, left) = (bench.worker(), bench.worker(), bench.worker());
    for worker in [retired, dead, left] {
        renew(&bench, &bench.beat(worker)).await;
    }
    let mut keeper = bench.engine.lease_keeper().await.unwrap();
    keeper.retire(retired, std::slice::from_ref(&bench.queue)).await.unwrap();
    let beats = bench.engine.beats(&bench.queue).await.unwrap();
    let seen = beats.iter().find(|(worker, _)| *worker == dead).unwrap().1;
    bench.engine.bury(&bench.queue, dead, seen).await.unwrap();
    let shown: Vec<_> = workers(&bench).await.into_iter().map(|worker| worker.incarnation).collect();
    assert_eq!(shown, [left]);
}

pub async fn a_worker_that_comes_back_with_other_kinds_serves_those(bench: Bench) {
    let job = bench.add_plain(1).await[0];
    let worker = bench.worker();
    renew(&bench, &bench.beat(worker)).await;
    assert!(bench.why(job).await.reasons.is_empty());
    renew(&bench, &bench.beat_serving(worker, &["conformance.other"])).await;
    let unserved = windlass_queue::Reason::Unserved { kind: "conformance.plain".parse().unwrap() };
    assert_eq!(bench.why(job).await.reasons, [unserved]);
    let mut keeper = bench.engine.lease_keeper().await.unwrap();
    keeper.retire(worker, std::slice::from_ref(&bench.queue)).await.unwrap();
    assert_eq!(bench.why(job).await.reasons, [windlass_queue::Reason::NoWorkers]);
}

async fn renew(bench: &Bench, beat: &Beat) {
    let mut keeper = bench.engine.lease_keeper().await.unwrap();
    keeper.heartbeat(beat).await.unwrap();
}

async fn workers(bench: &Bench) -> Vec<LivingWorker> {
    bench.engine.workers(&bench.queue).await.unwrap()
}

async fn running(bench: &Bench, worker: Incarnation) -> u64 {
    workers(bench).await.iter().find(|shown| shown.incarnation == worker).unwrap().running
}
