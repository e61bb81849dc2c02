//! A queue that is full, a tenant that has enough and a queue that drains take no new jobs, and say so.

use std::num::NonZeroU64;

use tokio::task::JoinSet;
use windlass_queue::{
    Acceptance, EngineError, Enqueued, Expiry, NewJob, OnConflict, QueuePolicy, RedriveAnswer, Rejection,
    TenantPolicy, Until, Verdict,
};
use windlass_shared::{JobState, TenantId};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::{complete, discard, retry, snooze};
use crate::verbs::claims;

pub async fn a_full_queue_takes_no_more(bench: Bench) {
    bench.set_policy(depth(2)).await;
    let answers = bench.engine.enqueue(&bench.new_jobs(4)).await;
    let full = Rejection::QueueFull { queue: bench.queue.clone(), limit: 2 };
    assert_eq!(outcomes(answers), [None, None, Some(full.clone()), Some(full.clone())]);
    bench.claim(bench.worker(), 1).await;
    assert_eq!(bench.add_rejected(bench.in_an_hour()).await, full, "one runs, one is available");
    assert_eq!(bench.depth().await.unfinished(), 2);
}

pub async fn a_tenant_takes_up_its_quota_and_no_more(bench: Bench) {
    bench.set_policy(quota(3)).await;
    bench.set_quota("small", 1).await;
    bench.set_quota("big", 5).await;
    for (tenant, limit) in [("small", 1), ("big", 5), ("other", 3), ("another", 3)] {
        let jobs: Vec<_> = (0..7).map(|_| bench.of_tenant(tenant)).collect();
        let reached = quota_reached(&bench, tenant, limit);
        for (place, outcome) in outcomes(bench.engine.enqueue(&jobs).await).into_iter().enumerate() {
            let expected = (place as u64 >= limit).then(|| reached.clone());
            assert_eq!(outcome, expected, "job {place} of {tenant}");
        }
    }
}

pub async fn without_its_own_quota_a_tenant_has_that_of_all(bench: Bench) {
    bench.set_quota("acme", 1).await;
    bench.add(bench.of_tenant("acme")).await;
    bench.add_rejected(bench.of_tenant("acme")).await;
    bench.set_tenant("acme", Some(TenantPolicy::default())).await;
    bench.add(bench.of_tenant("acme")).await;
    bench.set_policy(quota(3)).await;
    bench.add(bench.of_tenant("acme")).await;
    assert_eq!(bench.add_rejected(bench.of_tenant("acme")).await, quota_reached(&bench, "acme", 3));
    bench.set_tenant("acme", None).await;
    assert_eq!(bench.add_rejected(bench.of_tenant("acme")).await, quota_reached(&bench, "acme", 3));
    bench.set_policy(QueuePolicy::default()).await;
    bench.add(bench.of_tenant("acme")).await;
}

pub async fn what_has_ended_makes_room(bench: Bench) {
    bench.set_policy(QueuePolicy { tenant_quota: NonZeroU64::new(1), ..depth(1) }).await;
    for verdict in [complete(), discard(), Verdict::Cancel] {
        bench.add_plain(1).await;
        let claim = bench.claim_one(bench.worker()).await.claim;
        bench.add_rejected(bench.new_job()).await;
        bench.settle(claim, verdict).await;
    }
    let cancelled = bench.add_plain(1).await[0];
    bench.cancel(cancelled).await;
    let deleted = bench.add(bench.in_an_hour()).await;
    bench.add_rejected(bench.new_job()).await;
    bench.delete(deleted).await;
    bench.add(NewJob { expires: Some(Expiry::After(HOUR)), ..bench.new_job() }).await;
    bench.advance(HOUR);
    bench.promote(10).await;
    bench.add_plain(1).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.cancel(claim.job).await;
    bench.lose(claim).await;
    bench.add_plain(1).await;
    bench.add_rejected(bench.new_job()).await;
}

pub async fn what_waits_counts_wherever_it_waits(bench: Bench) {
    bench.set_policy(QueuePolicy { tenant_quota: NonZeroU64::new(5), ..depth(5) }).await;
    let worker = bench.worker();
    bench.add_plain(2).await;
    let held = claims(&bench.claim(worker, 2).await);
    bench.settle(held[0], retry(HOUR)).await;
    bench.settle(held[1], snooze(HOUR)).await;
    bench.pause("kind:conformance.plain").await;
    bench.add_plain(1).await;
    assert!(bench.claim(worker, 5).await.is_empty());
    bench.resume("kind:conformance.plain").await;
    bench.claim(worker, 1).await;
    bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
    bench.claim(worker, 1).await;
    bench.add(bench.unique(Until::Finish, OnConflict::KeepLatest)).await;
    let depth = bench.depth().await;
    assert_eq!((depth.retryable, depth.scheduled, depth.running, depth.pending), (1, 1, 2, 1));
    bench.add_rejected(bench.new_job()).await;
}

pub async fn a_bound_can_be_raised_and_removed(bench: Bench) {
    bench.set_policy(depth(1)).await;
    bench.add_plain(1).await;
    bench.add_rejected(bench.new_job()).await;
    bench.set_policy(depth(2)).await;
    bench.add_plain(1).await;
    bench.add_rejected(bench.new_job()).await;
    bench.set_policy(QueuePolicy::default()).await;
    bench.add_plain(10).await;
    bench.set_policy(depth(3)).await;
    bench.add_rejected(bench.new_job()).await;
    assert_eq!(bench.claim(bench.worker(), 20).await.len(), 12, "what is in stays in");
}

pub async fn a_draining_queue_works_off_what_it_has(bench: Bench) {
    let worker = bench.worker();
    let jobs = bench.add_plain(3).await;
    bench.set_policy(QueuePolicy { draining: true, ..QueuePolicy::default() }).await;
    let draining = Rejection::Draining { queue: bench.queue.clone() };
    assert_eq!(bench.second().await.add_rejected(bench.new_job()).await, draining);
    let held = claims(&bench.claim(worker, 5).await);
    assert_eq!(held.len(), 3);
    bench.settle(held[0], retry(HOUR)).await;
    bench.settle_all(&held[1..], &discard()).await;
    assert_eq!(bench.redrive(jobs[1]).await, RedriveAnswer::Available);
    bench.advance(HOUR);
    assert_eq!(bench.claim(worker, 5).await.len(), 2);
    bench.set_policy(QueuePolicy::default()).await;
    bench.add_plain(1).await;
}

pub async fn what_is_answered_from_what_is_there_is_never_refused(bench: Bench) {
    let there = bench.new_job();
    bench.add(there.clone()).await;
    let holder = bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
    for policy in [depth(1), quota(1), QueuePolicy { draining: true, ..QueuePolicy::default() }] {
        bench.set_policy(policy).await;
        let again = bench.enqueue(std::slice::from_ref(&there)).await[0];
        assert_eq!((again.id, again.acceptance), (there.id, Acceptance::Duplicate), "{policy:?}");
        for (wish, acceptance) in
            [(OnConflict::Reject, Acceptance::Conflict), (OnConflict::Replace, Acceptance::Replaced)]
        {
            let answer = bench.enqueue(&[bench.unique(Until::Finish, wish)]).await[0];
            assert_eq!((answer.id, answer.acceptance), (holder, acceptance), "{policy:?}");
        }
        bench.add_rejected(bench.new_job()).await;
    }
}

pub async fn an_heir_is_a_new_job_and_its_replacement_is_not(bench: Bench) {
    bench.add(bench.unique(Until::Finish, OnConflict::Reject)).await;
    bench.claim_one(bench.worker()).await;
    let heir = || bench.unique(Until::Finish, OnConflict::KeepLatest);
    bench.set_policy(depth(1)).await;
    bench.add_rejected(heir()).await;
    assert_eq!(bench.depth().await.pending, 0);
    bench.set_policy(depth(2)).await;
    let first = bench.add(heir()).await;
    let answer = bench.enqueue(&[heir()]).await[0];
    let expected = Enqueued { id: first, state: JobState::Pending, acceptance: Acceptance::Replaced };
    assert_eq!(answer, expected);
}

pub async fn a_redrive_is_never_refused_for_a_bound(bench: Bench) {
    let over = bench.add_plain(2).await;
    bench.engine.cancel(&over).await.unwrap();
    bench.set_policy(QueuePolicy { tenant_quota: NonZeroU64::new(1), draining: true, ..depth(1) }).await;
    for job in over {
        assert_eq!(bench.redrive(job).await, RedriveAnswer::Available);
    }
    assert_eq!(bench.claim(bench.worker(), 5).await.len(), 2);
}

pub async fn a_bound_holds_exactly_when_many_enqueue_at_once(bench: Bench) {
    bench.set_policy(QueuePolicy { max_depth: NonZeroU64::new(50), ..quota(20) }).await;
    let second = bench.second().await;
    let mut tasks = JoinSet::new();
    for number in 0..8 {
        let bench = if number % 2 == 0 { bench.clone() } else { second.clone() };
        tasks.spawn(async move {
            let mut accepted = 0;
            for round in 0..10 {
                let tenant = ["acme", "globex", "initech"][(number + round) % 3];
                let jobs = [bench.of_tenant(tenant), bench.of_tenant(tenant)];
                accepted += outcomes(bench.engine.enqueue(&jobs).await).iter().flatten().count();
            }
            accepted
        });
    }
    let rejected: usize = tasks.join_all().await.into_iter().sum();
    assert_eq!((rejected, bench.depth().await.available), (160 - 50, 50));
    let given = bench.claim(bench.worker(), 60).await;
    for tenant in ["acme", "globex", "initech"] {
        let count = given.iter().filter(|job| job.tenant.as_str() == tenant).count();
        assert!((10..=20).contains(&count), "{count} of {tenant}");
    }
}

pub async fn bounds_are_each_queues_own(bench: Bench) {
    let other = bench.another_queue().await;
    bench.set_policy(QueuePolicy { draining: true, ..QueuePolicy::default() }).await;
    let answers = bench.engine.enqueue(&[bench.new_job(), other.new_job(), bench.new_job()]).await;
    let draining = Some(Rejection::Draining { queue: bench.queue.clone() });
    assert_eq!(outcomes(answers), [draining.clone(), None, draining]);
}

fn depth(most: u64) -> QueuePolicy {
    QueuePolicy { max_depth: NonZeroU64::new(most), ..QueuePolicy::default() }
}

fn quota(most: u64) -> QueuePolicy {
    QueuePolicy { tenant_quota: NonZeroU64::new(most), ..QueuePolicy::default() }
}

fn quota_reached(bench: &Bench, tenant: &str, limit: u64) -> Rejection {
    let tenant: TenantId = tenant.parse().unwrap();
    Rejection::QuotaReached { queue: bench.queue.clone(), tenant, limit }
}

/// Why each of the jobs was kept out; `None` for one that was accepted.
fn outcomes(answers: Vec<Result<Enqueued, EngineError>>) -> Vec<Option<Rejection>> {
    let outcome = |answer| match answer {
        Ok(Enqueued { acceptance: Acceptance::New, .. }) => None,
        Err(EngineError::Rejected(rejection)) => Some(rejection),
        other => panic!("the job is new or rejected, and not {other:?}"),
    };
    answers.into_iter().map(outcome).collect()
}
