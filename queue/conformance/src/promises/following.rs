//! Whoever follows the events of a queue gets each once, and is told how many are missing.

use std::time::Duration;

use windlass_queue::{Retention, Verdict};
use windlass_shared::JobId;

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::discard;

pub async fn events_are_read_page_by_page_and_again_until_they_are_forgotten(bench: Bench) {
    let jobs = bench.ended(25).await;
    let first = bench.page(None, 10).await;
    assert_eq!((first.events.len(), first.missed, first.behind), (10, 0, 15));
    assert_eq!(bench.page(None, 10).await.events, first.events, "reading changes nothing");
    let second = bench.page(first.position.as_ref(), 10).await;
    bench.forget(first.position.as_ref()).await;
    bench.forget(first.position.as_ref()).await;
    assert_eq!(bench.page(first.position.as_ref(), 10).await.events, second.events);
    let third = bench.page(second.position.as_ref(), 10).await;
    assert_eq!((third.events.len(), third.behind), (5, 0));
    bench.forget(third.position.as_ref()).await;
    let nothing = bench.page(third.position.as_ref(), 10).await;
    assert_eq!((nothing.events.len(), nothing.missed, nothing.behind), (0, 0, 0));
    assert_eq!(nothing.position, third.position);
    let seen = [first.events, second.events, third.events].concat();
    assert_eq!(seen.iter().map(|event| event.job).collect::<Vec<_>>(), jobs);
    let late = bench.ended(1).await;
    let next = bench.page(nothing.position.as_ref(), 10).await;
    assert_eq!((next.events[0].job, next.missed), (late[0], 0));
}

pub async fn who_comes_after_events_were_forgotten_is_told_how_many(bench: Bench) {
    bench.ended(7).await;
    let page = bench.page(None, 5).await;
    bench.forget(page.position.as_ref()).await;
    let late = bench.page(None, 10).await;
    assert_eq!((late.events.len(), late.missed, late.rolled_back), (2, 5, false));
    bench.forget(late.position.as_ref()).await;
    let later = bench.page(None, 10).await;
    assert_eq!((later.events.len(), later.missed), (0, 7));
    let after = bench.page(later.position.as_ref(), 10).await;
    assert_eq!((after.events.len(), after.missed), (0, 0), "the gap is told once");
    let from_the_middle = bench.page(page.position.as_ref(), 10).await;
    assert_eq!((from_the_middle.events.len(), from_the_middle.missed), (0, 2));
}

pub async fn events_beyond_a_bound_are_dropped_oldest_first_and_counted(bench: Bench) {
    bench.engine.bound_events(&bench.queue, 1_000).await.unwrap();
    let before = bench.ended(100).await;
    let seen = bench.page(None, 100).await;
    assert_eq!(seen.events.len(), before.len());
    let jobs = bench.ended(3_000).await;
    let (mut page, mut kept) = (bench.page(seen.position.as_ref(), 500).await, Vec::new());
    let missed = page.missed;
    while !page.events.is_empty() {
        kept.append(&mut page.events);
        page = bench.page(page.position.as_ref(), 500).await;
        assert_eq!(page.missed, 0, "the gap is told once");
    }
    assert_eq!(missed + kept.len() as u64, 3_000);
    assert!((1_000..=1_600).contains(&kept.len()), "{} are kept of 3,000", kept.len());
    let newest: Vec<JobId> = jobs[jobs.len() - kept.len()..].to_vec();
    assert_eq!(kept.iter().map(|event| event.job).collect::<Vec<_>>(), newest);
}

pub async fn what_ended_is_kept_until_whoever_follows_has_taken_note_of_it(bench: Bench) {
    let nothing = Retention {
        completed_for: Duration::ZERO,
        completed_most: 0,
        failed_for: Duration::ZERO,
        failed_most: 0,
        ..Retention::default()
    };
    bench.ended(2).await;
    let followed = bench.page(None, 10).await;
    bench.advance(HOUR);
    assert_eq!(bench.engine.prune(&bench.queue, &nothing, 10).await.unwrap(), 2, "nobody follows");
    bench.forget(followed.position.as_ref()).await;
    bench.ended(3).await;
    let worker = bench.worker();
    for verdict in [discard(), Verdict::Cancel] {
        bench.add_plain(1).await;
        let claim = bench.claim_one(worker).await.claim;
        bench.settle(claim, verdict).await;
    }
    bench.advance(HOUR);
    assert_eq!(bench.engine.prune(&bench.queue, &nothing, 10).await.unwrap(), 0);
    let page = bench.page(followed.position.as_ref(), 10).await;
    assert!(
        bench
            .engine
            .get(&page.events.iter().map(|event| event.job).collect::<Vec<_>>())
            .await
            .unwrap()
            .iter()
            .all(Option::is_some)
    );
    bench.forget(page.position.as_ref()).await;
    assert_eq!(bench.engine.prune(&bench.queue, &nothing, 10).await.unwrap(), 5);
}

pub async fn a_result_is_kept_until_whoever_follows_has_taken_note_of_it(bench: Bench) {
    let briefly = Retention { results_for: Duration::ZERO, ..Retention::default() };
    let ended = async || {
        bench.add_plain(1).await;
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.settle(claim, Verdict::Complete { result: Some("1".into()), children: Vec::new() }).await;
        claim.job
    };
    ended().await;
    let first = bench.page(None, 10).await;
    bench.forget(first.position.as_ref()).await;
    let job = ended().await;
    bench.advance(HOUR);
    bench.engine.prune(&bench.queue, &briefly, 10).await.unwrap();
    assert_eq!(bench.get(job).await.result.as_deref(), Some(&b"1"[..]));
    let second = bench.page(first.position.as_ref(), 10).await;
    bench.forget(second.position.as_ref()).await;
    bench.engine.prune(&bench.queue, &briefly, 10).await.unwrap();
    assert_eq!(bench.get(job).await.result, None);
}

pub async fn a_queue_without_events_has_none(bench: Bench) {
    let page = bench.page(None, 10).await;
    assert_eq!((page.events.len(), page.position, page.missed, page.behind), (0, None, 0, 0));
    bench.add_plain(2).await;
    bench.claim(bench.worker(), 1).await;
    assert!(bench.told().await.is_empty(), "what has not ended is not told");
}
