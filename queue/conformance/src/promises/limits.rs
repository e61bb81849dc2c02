//! No more jobs run at a time than a limit allows, and whoever lets go of a slot lets the next one in.

use std::time::Duration;

use tokio::time::timeout;
use windlass_queue::{AttemptError, ErrorReason, Fenced, NewJob, RescueVerdict, Verdict};
use windlass_shared::{Claim, JobId};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, every_ending, failure};
use crate::idle::Idle;
use crate::variants::LIMITS;
use crate::verbs::{claims, concurrency, ids};

pub async fn no_more_run_than_each_sort_of_limit_allows(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(concurrency(2))).await;
        let jobs = bench.add_several(5, || bench.ruled()).await;
        let running = bench.claim(worker, 10).await;
        assert_eq!(ids(&running), jobs[..2], "{scope}");
        assert!(bench.claim(worker, 10).await.is_empty(), "{scope}");
        bench.settle(running[1].claim, complete()).await;
        let third = bench.claim_one(worker).await.claim;
        assert_eq!(third.job, jobs[2], "{scope}");
        bench.settle_all(&[running[0].claim, third], &complete()).await;
        assert_eq!(ids(&bench.claim(worker, 10).await), jobs[3..], "{scope}");
    }
}

pub async fn a_limit_holds_up_nothing_else(bench: Bench) {
    for scope in &LIMITS[1..] {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(concurrency(1))).await;
        let jobs = bench.add_several(5, || bench.ruled()).await;
        let other = bench.add_plain(1).await[0];
        let mut given = ids(&bench.claim(worker, 10).await);
        given.sort();
        let mut expected = [jobs[0], other];
        expected.sort();
        assert_eq!(given, expected, "{scope}");
    }
    let other = bench.another_queue().await;
    bench.set_limit("queue", Some(concurrency(1))).await;
    bench.add_plain(2).await;
    other.add_plain(2).await;
    assert_eq!(bench.claim(bench.worker(), 5).await.len(), 1);
    assert_eq!(other.claim(bench.worker(), 5).await.len(), 2, "a queue's limits are its own");
}

pub async fn a_limit_for_each_counts_each_by_itself(bench: Bench) {
    bench.set_limit("tenant:*", Some(concurrency(2))).await;
    bench.set_limit("key:stripe:*", Some(concurrency(1))).await;
    for tenant in ["acme", "globex", "initech"] {
        bench.add_several(3, || bench.of_tenant(tenant)).await;
    }
    let given = bench.claim(bench.worker(), 20).await;
    for tenant in ["acme", "globex", "initech"] {
        assert_eq!(given.iter().filter(|job| job.tenant.as_str() == tenant).count(), 2, "{tenant}");
    }
    bench.settle_all(&claims(&given), &complete()).await;
    let bench = bench.another_queue().await;
    bench.set_limit("key:stripe:*", Some(concurrency(1))).await;
    for _ in 0..2 {
        for key in ["stripe:one", "stripe:two", "stripe", "other:one"] {
            bench.add(bench.of_key(key)).await;
        }
    }
    let given = bench.claim(bench.worker(), 20).await;
    let mut keys: Vec<_> = given.iter().map(|job| job.limit_key.as_ref().unwrap().as_str()).collect();
    keys.sort_unstable();
    let expected = ["other:one", "other:one", "stripe", "stripe", "stripe:one", "stripe:two"];
    assert_eq!(keys, expected, "only members of the family are limited");
}

pub async fn a_limit_of_its_own_takes_the_place_of_the_one_for_each(bench: Bench) {
    for (each, own) in [("tenant:*", "tenant:acme"), ("key:stripe:*", "key:stripe:acct_1")] {
        for (most, expected) in [(1, 3), (4, 3)] {
            let bench = bench.another_queue().await;
            bench.set_limit(each, Some(concurrency(most))).await;
            bench.set_limit(own, Some(concurrency(3))).await;
            bench.add_several(6, || bench.ruled()).await;
            assert_eq!(
                bench.claim(bench.worker(), 10).await.len(),
                expected,
                "{own} beside {each} of {most}"
            );
        }
    }
}

pub async fn without_its_own_the_limit_for_each_holds_again(bench: Bench) {
    let worker = bench.worker();
    bench.set_limit("tenant:*", Some(concurrency(3))).await;
    bench.set_limit("tenant:acme", Some(concurrency(1))).await;
    bench.add_several(6, || bench.ruled()).await;
    assert_eq!(bench.claim(worker, 10).await.len(), 1);
    bench.set_limit("tenant:acme", None).await;
    assert_eq!(bench.claim(worker, 10).await.len(), 2, "what runs counts under either");
    bench.set_limit("tenant:*", None).await;
    assert_eq!(bench.claim(worker, 10).await.len(), 3);
}

pub async fn a_slot_is_free_again_whatever_ends_the_claim(bench: Bench) {
    for scope in LIMITS {
        let bench = bench.another_queue().await;
        bench.set_limit(scope, Some(concurrency(1))).await;
        for (verdict, _) in every_ending(HOUR) {
            bench.add(bench.ruled()).await;
            let claim = bench.claim_one(bench.worker()).await.claim;
            bench.settle(claim, verdict.clone()).await;
            passes(&bench, scope, verdict.verb()).await;
        }
    }
}

pub async fn a_slot_is_free_again_whatever_a_rescue_decides(bench: Bench) {
    let error = AttemptError { reason: ErrorReason::Timeout, ..failure("it took too long") };
    let verdicts = [
        RescueVerdict::Revive { deaths: 1, suspect: false },
        RescueVerdict::Retry { after: HOUR, error: error.clone() },
        RescueVerdict::Discard { deaths: 3, error },
    ];
    for scope in LIMITS {
        let bench = bench.another_queue().await;
        bench.set_limit(scope, Some(concurrency(1))).await;
        for verdict in &verdicts {
            bench.add(bench.ruled()).await;
            let claim = bench.claim_one(bench.worker()).await.claim;
            assert_eq!(bench.rescue(claim, verdict.clone()).await, Fenced::Applied);
            passes(&bench, scope, &format!("{verdict:?}")).await;
        }
        bench.add(bench.ruled()).await;
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.cancel(claim.job).await;
        bench.lose(claim).await;
        passes(&bench, scope, "a cancelled job whose worker died").await;
    }
}

pub async fn a_settlement_that_is_repeated_frees_no_second_slot(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(concurrency(1))).await;
        bench.add_several(3, || bench.ruled()).await;
        let claim = bench.claim_one(worker).await.claim;
        for _ in 0..2 {
            bench.settle(claim, complete()).await;
        }
        bench.claim_one(worker).await;
        bench.settle(claim, complete()).await;
        bench.rescue(claim, RescueVerdict::Revive { deaths: 1, suspect: false }).await;
        assert!(bench.claim(worker, 5).await.is_empty(), "{scope}");
    }
}

pub async fn a_limit_counts_what_runs_already(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.add_several(6, || bench.ruled()).await;
        let running = claims(&bench.claim(worker, 3).await);
        bench.set_limit(scope, Some(concurrency(2))).await;
        assert!(bench.claim(worker, 5).await.is_empty(), "{scope}");
        bench.settle(running[0], complete()).await;
        assert!(bench.claim(worker, 5).await.is_empty(), "{scope}: two still run");
        bench.settle(running[1], complete()).await;
        bench.claim_one(worker).await;
        bench.settle(running[2], complete()).await;
        bench.claim_one(worker).await;
    }
}

pub async fn a_limit_counts_many_that_run_even_when_its_setter_goes_away(bench: Bench) {
    let (worker, scope) = (bench.worker(), "queue".parse().unwrap());
    for _ in 0..6 {
        bench.add_plain(200).await;
        assert_eq!(bench.claim(worker, 200).await.len(), 200);
    }
    let running = bench.held(worker).await;
    assert_eq!(running.len(), 1_200);
    bench.add_plain(5).await;
    let mut patience = Duration::ZERO;
    while bench.rules().await.limits.is_empty() {
        patience += Duration::from_micros(200);
        let set = bench.engine.set_limit(&bench.queue, &scope, Some(concurrency(1_200)));
        // Whether it has finished, and how far it has come if not, is as it happens.
        drop(timeout(patience, set).await);
    }
    for _ in 0..3 {
        bench.promote(5).await;
    }
    assert!(bench.claim(worker, 5).await.is_empty());
    bench.settle(running[0], complete()).await;
    assert_eq!(bench.claim(worker, 5).await.len(), 1);
}

pub async fn a_limit_can_be_raised_lowered_and_removed_while_jobs_run(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(concurrency(1))).await;
        bench.add_several(9, || bench.ruled()).await;
        let first = bench.claim_one(worker).await.claim;
        bench.set_limit(scope, Some(concurrency(4))).await;
        let raised = claims(&bench.claim(worker, 10).await);
        assert_eq!(raised.len(), 3, "{scope}: raised");
        bench.set_limit(scope, Some(concurrency(2))).await;
        bench.settle_all(&[first, raised[0]], &complete()).await;
        assert!(bench.claim(worker, 10).await.is_empty(), "{scope}: lowered");
        bench.settle(raised[1], complete()).await;
        bench.claim_one(worker).await;
        bench.set_limit(scope, None).await;
        assert_eq!(bench.claim(worker, 10).await.len(), 4, "{scope}: removed");
    }
}

pub async fn a_limit_that_comes_back_counts_all_that_runs(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_limit(scope, Some(concurrency(1))).await;
        bench.add_several(6, || bench.ruled()).await;
        let first = bench.claim_one(worker).await.claim;
        bench.set_limit(scope, None).await;
        let without = claims(&bench.claim(worker, 2).await);
        bench.set_limit(scope, Some(concurrency(3))).await;
        assert!(bench.claim(worker, 5).await.is_empty(), "{scope}: three run");
        bench.settle(first, complete()).await;
        bench.claim_one(worker).await;
        bench.settle_all(&without, &complete()).await;
        assert_eq!(bench.claim(worker, 5).await.len(), 2, "{scope}");
    }
}

pub async fn a_job_needs_a_free_slot_under_every_limit_of_it(bench: Bench) {
    let worker = bench.worker();
    bench.set_limit("queue", Some(concurrency(4))).await;
    bench.set_limit("tenant:acme", Some(concurrency(3))).await;
    bench.set_limit("kind:conformance.other", Some(concurrency(2))).await;
    bench.set_limit("key:stripe:*", Some(concurrency(1))).await;
    let jobs = bench.add_several(3, || bench.ruled()).await;
    let keyless = bench.add_several(2, || NewJob { limit_key: None, ..bench.ruled() }).await;
    let kindless = bench.add_several(3, || bench.of_tenant("acme")).await;
    let running = bench.claim(worker, 10).await;
    // The second job of the key takes none of its kind's slots while it waits for the key.
    assert_eq!(ids(&running), [jobs[0], keyless[0], kindless[0]]);
    bench.add_several(2, || bench.of_tenant("globex")).await;
    assert_eq!(bench.claim(worker, 10).await.len(), 1, "the queue has one slot left");
    bench.settle(running[2].claim, complete()).await;
    assert_eq!(bench.claim(worker, 10).await.len(), 1);
    bench.settle_all(&claims(&running[..2]), &complete()).await;
    assert_eq!(bench.claim(worker, 10).await.len(), 2);
}

pub async fn a_tenant_with_a_full_limit_costs_the_others_no_turn(bench: Bench) {
    bench.set_limit("tenant:big", Some(concurrency(1))).await;
    bench.add_several(50, || bench.of_tenant("big")).await;
    bench.add_several(5, || bench.of_tenant("small")).await;
    let worker = bench.worker();
    let given = bench.claim(worker, 6).await;
    assert_eq!(given.len(), 6);
    let big: Vec<Claim> =
        given.iter().filter(|job| job.tenant.as_str() == "big").map(|job| job.claim).collect();
    assert_eq!(big.len(), 1);
    bench.settle(big[0], Verdict::Release).await;
    assert_eq!(bench.claim_one(worker).await.claim.job, big[0].job, "a released job comes first again");
}

pub async fn a_free_slot_wakes_a_worker(bench: Bench) {
    for scope in LIMITS {
        let bench = bench.another_queue().await;
        bench.set_limit(scope, Some(concurrency(1))).await;
        bench.add_several(4, || bench.ruled()).await;
        let mut idle = Idle::new(&bench).await;
        for verdict in [complete(), discard(), Verdict::Cancel] {
            let claim = bench.claim(bench.worker(), 1).await[0].claim;
            idle.find_nothing().await;
            bench.second().await.settle(claim, verdict).await;
            assert!(idle.is_woken().await, "{scope}");
        }
    }
}

pub async fn a_raised_limit_wakes_a_worker(bench: Bench) {
    for scope in LIMITS {
        let bench = bench.another_queue().await;
        bench.set_limit(scope, Some(concurrency(1))).await;
        bench.add_several(3, || bench.ruled()).await;
        bench.claim(bench.worker(), 1).await;
        let mut idle = Idle::new(&bench).await;
        for limit in [Some(concurrency(2)), None] {
            idle.find_nothing().await;
            bench.second().await.set_limit(scope, limit).await;
            assert!(idle.is_woken().await, "{scope}");
            assert_eq!(bench.claim(bench.worker(), 1).await.len(), 1, "{scope}");
        }
    }
}

/// Exactly one more job can start, and is then taken out of the way with all that wait.
async fn passes(bench: &Bench, scope: &str, after: &str) {
    bench.add_several(2, || bench.ruled()).await;
    let claimed = bench.claim(bench.worker(), 5).await;
    assert_eq!(claimed.len(), 1, "{scope} after {after}");
    bench.settle(claimed[0].claim, complete()).await;
    let mut left: Vec<JobId> = Vec::new();
    while let Some(job) = bench.claim(bench.worker(), 1).await.pop() {
        bench.settle(job.claim, complete()).await;
        left.push(job.claim.job);
        assert!(left.len() < 20, "{scope} after {after}: {left:?}");
    }
}
