//! A worker's lease is one heartbeat, whatever the worker holds.

use windlass_queue::{Beat, BeatNumber};
use windlass_shared::Incarnation;

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::complete;
use crate::verbs::claims;

pub async fn every_heartbeat_is_another_sign_of_life(bench: Bench) {
    let worker = bench.worker();
    let mut keeper = bench.engine.lease_keeper().await.unwrap();
    let mut seen = Vec::new();
    for _ in 0..5 {
        keeper.heartbeat(&bench.beat(worker)).await.unwrap();
        let beat = beat_of(&bench, worker).await.unwrap();
        assert!(!seen.contains(&beat), "{beat:?} is new among {seen:?}");
        seen.push(beat);
    }
}

pub async fn a_heartbeat_is_a_sign_of_life_whatever_the_clock_does(bench: Bench) {
    let worker = bench.worker();
    bench.heartbeat(worker).await;
    let before = beat_of(&bench, worker).await;
    bench.step_back(5 * HOUR);
    bench.heartbeat(worker).await;
    let after = beat_of(&bench, worker).await;
    assert_ne!(before, after);
    bench.advance(5 * HOUR);
    assert_eq!(beat_of(&bench, worker).await, after, "time alone changes no beat");
}

pub async fn a_lease_covers_the_queues_of_its_beat_and_no_other(bench: Bench) {
    let (other, third) = (bench.another_queue().await, bench.another_queue().await);
    let worker = bench.worker();
    let beat = Beat { queues: vec![other.queue.clone(), bench.queue.clone()], ..bench.beat(worker) };
    let answers = bench.engine.lease_keeper().await.unwrap().heartbeat(&beat).await.unwrap();
    let queues: Vec<_> = answers.into_iter().map(|answer| answer.queue).collect();
    assert_eq!(queues, beat.queues, "the answers are in the order of the queues");
    assert!(beat_of(&bench, worker).await.is_some());
    assert!(beat_of(&other, worker).await.is_some());
    assert!(beat_of(&third, worker).await.is_none());
}

pub async fn workers_have_beats_of_their_own(bench: Bench) {
    let (left, right) = (bench.worker(), bench.worker());
    bench.heartbeat(left).await;
    bench.second().await.heartbeat(right).await;
    let of_left = beat_of(&bench, left).await;
    bench.heartbeat(right).await;
    assert_eq!(beat_of(&bench, left).await, of_left);
    assert_eq!(bench.engine.beats(&bench.queue).await.unwrap().len(), 2);
}

pub async fn a_retired_worker_leaves_no_beat(bench: Bench) {
    let other = bench.another_queue().await;
    let (worker, queues) = (bench.worker(), [bench.queue.clone(), other.queue.clone()]);
    let mut keeper = bench.engine.lease_keeper().await.unwrap();
    keeper.heartbeat(&Beat { queues: queues.to_vec(), ..bench.beat(worker) }).await.unwrap();
    keeper.retire(worker, &queues).await.unwrap();
    assert!(beat_of(&bench, worker).await.is_none());
    assert!(beat_of(&other, worker).await.is_none());
    keeper.retire(worker, &queues).await.unwrap();
}

pub async fn a_beat_is_buried_only_while_it_is_the_one_that_was_seen(bench: Bench) {
    let worker = bench.worker();
    bench.heartbeat(worker).await;
    let seen = beat_of(&bench, worker).await.unwrap();
    bench.heartbeat(worker).await;
    bench.engine.bury(&bench.queue, worker, seen).await.unwrap();
    let alive = beat_of(&bench, worker).await.expect("it has lived since");
    bench.engine.bury(&bench.queue, worker, alive).await.unwrap();
    assert!(beat_of(&bench, worker).await.is_none());
    bench.engine.bury(&bench.queue, worker, alive).await.unwrap();
}

pub async fn a_worker_that_lives_on_after_its_burial_shows_another_sign_of_life(bench: Bench) {
    let worker = bench.worker();
    bench.heartbeat(worker).await;
    let buried = beat_of(&bench, worker).await.unwrap();
    bench.engine.bury(&bench.queue, worker, buried).await.unwrap();
    bench.heartbeat(worker).await;
    // Another rescuer may have looked just before the burial and just after it: the same number twice is a death.
    assert_ne!(beat_of(&bench, worker).await.unwrap(), buried);
}

pub async fn a_heartbeat_tells_how_many_claims_are_held(bench: Bench) {
    let (worker, other) = (bench.worker(), bench.worker());
    bench.add_plain(5).await;
    assert_eq!(bench.heartbeat(worker).await.held, 0);
    let held = claims(&bench.claim(worker, 3).await);
    bench.claim(other, 1).await;
    assert_eq!(bench.heartbeat(worker).await.held, 3);
    assert_eq!(bench.heartbeat(other).await.held, 1);
    bench.settle(held[0], complete()).await;
    bench.lose(held[1]).await;
    assert_eq!(bench.heartbeat(worker).await.held, 1);
}

async fn beat_of(bench: &Bench, worker: Incarnation) -> Option<BeatNumber> {
    let beats = bench.engine.beats(&bench.queue).await.unwrap();
    beats.into_iter().find(|(who, _)| *who == worker).map(|(_, beat)| beat)
}
