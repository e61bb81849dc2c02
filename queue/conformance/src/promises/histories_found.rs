//! What random histories have found: each of these sentences was once not true of an engine.

use std::time::Duration;

use windlass_queue::{Expiry, NewJob, OnConflict, Suspects, Until, Verdict};
use windlass_shared::Priority;

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::complete;
use crate::verbs::{concurrency, ids, rate, these};

pub async fn a_queue_that_gives_nothing_does_not_ask_for_another_call(bench: Bench) {
    bench.set_limit("queue", Some(rate(1, HOUR, 1))).await;
    bench.add_plain(3).await;
    let worker = bench.worker();
    assert_eq!(bench.ask(worker, 1, Suspects::Take).await.jobs.len(), 1);
    let second = bench.ask(worker, 1, Suspects::Take).await;
    assert!(second.jobs.is_empty() && !second.more && second.next_due > Some(Duration::ZERO), "{second:?}");
}

pub async fn what_tenants_share_is_used_up_in_the_order_of_their_turns(bench: Bench) {
    bench.set_limit("key:shared", Some(rate(1, HOUR, 1))).await;
    let plain = |tenant: &str| bench.of_tenant(tenant);
    let sharing = |tenant: &str| NewJob { limit_key: Some("shared".parse().unwrap()), ..plain(tenant) };
    let first = bench.add_all(&[plain("first"), sharing("first")]).await;
    let second = bench.add_all(&[sharing("second"), plain("second")]).await;
    let given = ids(&bench.claim(bench.worker(), 4).await);
    assert_eq!(
        given,
        [first[0], second[0], second[1]],
        "the second tenant's turn came before the shared job"
    );
}

pub async fn a_worker_gets_all_that_waits_for_its_kind_in_one_go(bench: Bench) {
    bench.pause("key:held").await;
    bench.add(NewJob { limit_key: Some("held".parse().unwrap()), ..bench.new_job() }).await;
    let jobs = bench.add_plain(3).await;
    assert!(bench.claim_serving(bench.worker(), 1, &these(&["conformance.other"])).await.is_empty());
    assert_eq!(ids(&bench.claim(bench.worker(), 3).await), jobs, "the held one takes nobody's place");
}

pub async fn what_follows_a_job_that_a_claim_finds_expired_is_not_forgotten(bench: Bench) {
    let unique = |wish| bench.unique(Until::Finish, wish);
    let expires = Some(Expiry::After(2 * HOUR));
    bench.add(NewJob { expires, ..unique(OnConflict::Reject) }).await;
    let worker = bench.worker();
    let claim = bench.claim(worker, 1).await[0].claim;
    let heir = bench.add(unique(OnConflict::KeepLatest)).await;
    bench.settle(claim, Verdict::Release).await;
    let other = bench.add(NewJob { priority: Priority::new(5).unwrap(), ..bench.new_job() }).await;
    bench.advance(3 * HOUR);
    let first = bench.ask(worker, 5, Suspects::Take).await;
    let mut given = ids(&first.jobs);
    if first.more {
        given.extend(ids(&bench.claim(worker, 5).await));
    }
    given.sort();
    let mut expected = [heir, other];
    expected.sort();
    assert_eq!(given, expected, "more: {}", first.more);
}

pub async fn a_running_job_that_is_reprioritized_comes_back_to_the_front(bench: Bench) {
    let waiting = bench.add(bench.of_priority(6)).await;
    let urgent = bench.add(NewJob { priority: Priority::FIRST, ..bench.new_job() }).await;
    let worker = bench.worker();
    let claim = bench.claim(worker, 1).await[0].claim;
    assert_eq!(claim.job, urgent);
    bench.reprioritize(urgent, 6).await;
    bench.settle(claim, Verdict::Release).await;
    assert_eq!(ids(&bench.claim(worker, 2).await), [urgent, waiting]);
}

pub async fn room_that_the_next_one_cannot_use_goes_to_the_one_behind_it(bench: Bench) {
    bench.set_limit("key:shared", Some(concurrency(1))).await;
    let sharing = |kind: &str| NewJob { limit_key: Some("shared".parse().unwrap()), ..bench.of_kind(kind) };
    let jobs = bench.add_all(&[sharing("mine"), sharing("other"), sharing("mine")]).await;
    let worker = bench.worker();
    let claim = bench.claim(worker, 3).await[0].claim;
    bench.settle(claim, complete()).await;
    // The slot brings back a job that this worker does not serve.
    let mut given = Vec::new();
    loop {
        let claimed = bench.ask_serving(worker, 1, Suspects::Take, these(&["mine"])).await;
        let comes_again = claimed.more || claimed.next_due == Some(Duration::ZERO);
        given.extend(ids(&claimed.jobs));
        if !given.is_empty() || !comes_again {
            break;
        }
    }
    assert_eq!((claim.job, given), (jobs[0], vec![jobs[2]]));
}
