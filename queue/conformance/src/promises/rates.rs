//! No more jobs start in a time than a rate allows, and the engine says when the next one may.

use std::time::Duration;

use windlass_queue::{Limit, NewJob, Suspects, Verdict};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::complete;
use crate::idle::Idle;
use crate::variants::LIMITS;
use crate::verbs::{claims, concurrency, ids, rate};

const MINUTE: Duration = Duration::from_mins(1);

pub async fn a_rate_lets_one_start_after_the_other(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(rate(2, 2 * HOUR, 1))).await;
        let jobs = bench.add_several(3, || bench.ruled()).await;
        for job in jobs {
            assert_eq!(bench.claim_one(worker).await.claim.job, job, "{scope}");
            bench.advance(HOUR / 2);
            assert!(bench.claim(worker, 5).await.is_empty(), "{scope}");
            bench.advance(HOUR / 2);
        }
    }
}

pub async fn a_burst_is_saved_up_and_never_more_than_it(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(rate(1, HOUR, 3))).await;
        bench.add_several(12, || bench.ruled()).await;
        assert_eq!(bench.claim(worker, 10).await.len(), 3, "{scope}: after a time in which none started");
        bench.advance(HOUR);
        assert_eq!(bench.claim(worker, 10).await.len(), 1, "{scope}: an hour later");
        bench.advance(2 * HOUR);
        assert_eq!(bench.claim(worker, 10).await.len(), 2, "{scope}: two hours later");
        bench.advance(100 * HOUR);
        assert_eq!(bench.claim(worker, 10).await.len(), 3, "{scope}: after a long time");
    }
}

pub async fn the_engine_says_when_the_next_one_may_start(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(rate(1, MINUTE, 1))).await;
        bench.add_several(2, || bench.ruled()).await;
        bench.claim_one(worker).await;
        let mut waited = Duration::ZERO;
        loop {
            let claimed = bench.ask(worker, 5, Suspects::Leave).await;
            if !claimed.jobs.is_empty() {
                break;
            }
            let due = claimed.next_due.expect("the rate lifts by itself").max(Duration::from_millis(1));
            assert!(due <= MINUTE && waited <= MINUTE, "{scope}: {due:?} after {waited:?}");
            bench.advance(due);
            waited += due;
        }
        assert!(waited > MINUTE / 2, "{scope}: {waited:?}");
    }
}

pub async fn a_start_that_came_to_nothing_is_not_given_back(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(rate(1, HOUR, 1))).await;
        bench.add_several(2, || bench.ruled()).await;
        let claim = bench.claim_one(worker).await.claim;
        bench.settle(claim, Verdict::Release).await;
        assert!(bench.claim(worker, 5).await.is_empty(), "{scope}");
        bench.advance(HOUR);
        assert_eq!(bench.claim(worker, 5).await.len(), 1, "{scope}");
    }
}

pub async fn a_job_that_is_held_up_elsewhere_uses_no_start(bench: Bench) {
    bench.set_limit("queue", Some(rate(1, HOUR, 4))).await;
    bench.set_limit("tenant:acme", Some(rate(1, HOUR, 3))).await;
    bench.set_limit("kind:conformance.other", Some(rate(1, HOUR, 2))).await;
    bench.set_limit("key:stripe:*", Some(concurrency(1))).await;
    let keyed = bench.add_several(4, || bench.ruled()).await;
    let keyless = bench.add_several(2, || NewJob { limit_key: None, ..bench.ruled() }).await;
    let kindless = bench.add_several(2, || bench.of_tenant("acme")).await;
    let given = bench.claim(bench.worker(), 10).await;
    assert_eq!(ids(&given), [keyed[0], keyless[0], kindless[0]]);
    bench.add_several(2, || bench.of_tenant("globex")).await;
    assert_eq!(bench.claim(bench.worker(), 10).await.len(), 1);
}

pub async fn a_rate_for_each_counts_each_by_itself(bench: Bench) {
    bench.set_limit("tenant:*", Some(rate(1, HOUR, 2))).await;
    bench.set_limit("tenant:acme", Some(rate(1, HOUR, 5))).await;
    let worker = bench.worker();
    for tenant in ["acme", "globex", "initech"] {
        bench.add_several(9, || bench.of_tenant(tenant)).await;
    }
    for expected in [[5, 2, 2], [1, 1, 1]] {
        let given = bench.claim(worker, 27).await;
        let count = |tenant: &str| given.iter().filter(|job| job.tenant.as_str() == tenant).count();
        assert_eq!(["acme", "globex", "initech"].map(count), expected);
        bench.advance(HOUR);
    }
}

pub async fn concurrency_and_rate_of_one_limit_both_hold(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        let both = Limit { concurrency: concurrency(2).concurrency, ..rate(1, HOUR, 3) };
        bench.set_limit(scope, Some(both)).await;
        bench.add_several(9, || bench.ruled()).await;
        let running = claims(&bench.claim(worker, 9).await);
        assert_eq!(running.len(), 2, "{scope}: no slot is free");
        bench.settle_all(&running, &complete()).await;
        assert_eq!(bench.claim(worker, 9).await.len(), 1, "{scope}: no start is left");
        bench.advance(9 * HOUR);
        assert_eq!(bench.claim(worker, 9).await.len(), 1, "{scope}: one slot is free");
    }
}

pub async fn a_rate_that_is_removed_holds_nothing_up_any_more(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(rate(1, HOUR, 1))).await;
        let jobs = bench.add_several(5, || bench.ruled()).await;
        bench.claim_one(worker).await;
        assert!(bench.claim(worker, 5).await.is_empty(), "{scope}");
        bench.set_limit(scope, None).await;
        assert_eq!(ids(&bench.claim(worker, 5).await), jobs[1..], "{scope}");
    }
}

pub async fn a_rate_that_is_changed_holds_from_then_on(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(rate(1, 100 * HOUR, 1))).await;
        bench.add_several(9, || bench.ruled()).await;
        bench.claim_one(worker).await;
        assert!(bench.claim(worker, 5).await.is_empty(), "{scope}");
        bench.set_limit(scope, Some(rate(1, HOUR, 1))).await;
        bench.advance(HOUR);
        assert_eq!(bench.claim(worker, 5).await.len(), 1, "{scope}: what used to be slow is forgotten");
        assert!(bench.claim(worker, 5).await.is_empty(), "{scope}");
    }
}

pub async fn the_caretaker_brings_back_what_a_rate_held_up(bench: Bench) {
    for scope in LIMITS {
        let bench = bench.another_queue().await;
        bench.set_limit(scope, Some(rate(1, HOUR, 1))).await;
        bench.add_several(2, || bench.ruled()).await;
        // It gets all that it asks for, so nobody but the idle one can be woken.
        bench.claim(bench.worker(), 1).await;
        let mut idle = Idle::new(&bench).await;
        idle.find_nothing().await;
        bench.advance(HOUR);
        bench.second().await.promote(10).await;
        assert!(idle.is_woken().await, "{scope}");
        assert_eq!(bench.claim(idle.worker, 5).await.len(), 1, "{scope}");
    }
}

pub async fn a_clock_that_steps_back_closes_a_rate_for_no_longer_than_a_burst(bench: Bench) {
    let worker = bench.worker();
    bench.set_limit("kind:conformance.other", Some(rate(1, HOUR, 2))).await;
    bench.add_several(5, || bench.ruled()).await;
    bench.advance(1_000 * HOUR);
    assert_eq!(bench.claim(worker, 5).await.len(), 2);
    bench.step_back(1_000 * HOUR);
    assert!(bench.claim(worker, 5).await.is_empty());
    bench.advance(2 * HOUR);
    assert!(!bench.claim(worker, 5).await.is_empty());
}
