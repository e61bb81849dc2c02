//! A queue has a number for life, and the engine knows its queues.

use std::collections::BTreeMap;

use tokio::task::JoinSet;
use windlass_shared::QueueName;

use crate::Bench;

pub async fn an_engine_answers(bench: Bench) {
    bench.engine.ping().await.unwrap();
    bench.second().await.engine.ping().await.unwrap();
    assert!(!bench.engine.name().is_empty());
}

pub async fn a_queue_keeps_its_number(bench: Bench) {
    let second = bench.second().await;
    for engine in [&bench.engine, &second.engine] {
        assert_eq!(engine.queue_number(&bench.queue).await.unwrap(), bench.number);
    }
    assert_eq!(bench.unused_id().queue(), bench.number);
}

pub async fn queues_have_distinct_numbers_whoever_names_them_first(bench: Bench) {
    let second = bench.second().await;
    let names: Vec<QueueName> = (0..50).map(|_| bench.name().parse().unwrap()).collect();
    let mut tasks = JoinSet::new();
    for name in &names {
        for engine in [bench.engine.clone(), second.engine.clone()] {
            let name = name.clone();
            tasks.spawn(async move { (engine.queue_number(&name).await.unwrap(), name) });
        }
    }
    let mut numbers = BTreeMap::new();
    for (number, name) in tasks.join_all().await {
        assert_eq!(numbers.entry(number).or_insert_with(|| name.clone()), &name, "{number:?}");
    }
    assert_eq!(numbers.len(), names.len());
}

pub async fn the_queues_are_listed_by_name(bench: Bench) {
    let other = bench.another_queue().await;
    other.add_plain(1).await;
    let queues = bench.second().await.engine.queues().await.unwrap();
    assert!(queues.contains(&bench.queue) && queues.contains(&other.queue));
    assert!(queues.is_sorted());
}

pub async fn queues_share_nothing(bench: Bench) {
    let other = bench.another_queue().await;
    let worker = bench.worker();
    let here = bench.add_plain(2).await;
    assert!(other.claim(worker, 10).await.is_empty());
    assert_eq!(bench.claim(worker, 10).await.len(), 2);
    assert_eq!(other.depth().await.running, 0);
    assert!(other.held(worker).await.is_empty());
    assert_ne!(here[0].queue(), other.number);
}
