//! Tenants take turns; within a tenant priority decides, then who came first.

use windlass_queue::{ClaimedJob, NewJob, When};
use windlass_shared::{JobId, Priority, Timestamp};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::retry;
use crate::verbs::ids;

pub async fn first_come_is_first_served(bench: Bench) {
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.extend(bench.add_plain(4).await);
    }
    let worker = bench.worker();
    let mut given = ids(&bench.claim(worker, 5).await);
    given.extend(ids(&bench.claim(worker, 1).await));
    given.extend(ids(&bench.claim(worker, 6).await));
    assert_eq!(given, jobs);
}

pub async fn priority_comes_before_age(bench: Bench) {
    let mut jobs = Vec::new();
    for level in [9, 5, 0, 5, 1, 0] {
        jobs.push((level, add(&bench, "default", level).await));
    }
    // The sort is stable: jobs of the same priority keep the order in which they came.
    jobs.sort_by_key(|(level, _)| *level);
    let expected: Vec<_> = jobs.into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids(&bench.claim(bench.worker(), 10).await), expected);
}

pub async fn an_instant_in_the_past_is_no_privilege(bench: Bench) {
    let first = bench.add_plain(2).await;
    let when = When::At(Timestamp::from_millis(1_000));
    let late = bench.add(NewJob { when, ..bench.new_job() }).await;
    assert_eq!(ids(&bench.claim(bench.worker(), 3).await), [first[0], first[1], late]);
}

pub async fn the_order_holds_from_claim_to_claim(bench: Bench) {
    let worker = bench.worker();
    let low = add(&bench, "default", 7).await;
    let lower = add(&bench, "default", 8).await;
    assert_eq!(ids(&bench.claim(worker, 1).await), [low]);
    let urgent = add(&bench, "default", 2).await;
    assert_eq!(ids(&bench.claim(worker, 2).await), [urgent, lower]);
}

pub async fn tenants_take_turns(bench: Bench) {
    enqueue_for(&bench, &[("big", 100), ("middle", 10), ("small", 1)]).await;
    let given = bench.claim(bench.worker(), 111).await;
    assert_eq!(given.len(), 111);
    let count = |tenant: &str, first: usize| {
        given[..first].iter().filter(|job| job.tenant.as_str() == tenant).count()
    };
    assert_eq!([count("big", 3), count("middle", 3), count("small", 3)], [1, 1, 1]);
    assert_eq!([count("big", 21), count("middle", 21)], [10, 10]);
}

pub async fn turns_go_on_from_claim_to_claim(bench: Bench) {
    enqueue_for(&bench, &[("left", 20), ("right", 20)]).await;
    let worker = bench.worker();
    let mut given = Vec::new();
    for _ in 0..10 {
        given.extend(bench.claim(worker, 1).await);
    }
    assert_eq!(of(&given, "left").len(), 5);
    assert_eq!(of(&given, "right").len(), 5);
}

pub async fn a_tenant_that_comes_late_does_not_wait_for_the_others_to_end(bench: Bench) {
    enqueue_for(&bench, &[("big", 100), ("other", 100)]).await;
    let worker = bench.worker();
    bench.claim(worker, 10).await;
    let late = add(&bench, "late", 9).await;
    assert!(ids(&bench.claim(worker, 3).await).contains(&late));
}

pub async fn priority_and_age_decide_within_each_tenant(bench: Bench) {
    let mut expected = Vec::new();
    for tenant in ["left", "right"] {
        let last = add(&bench, tenant, 6).await;
        let first = add(&bench, tenant, 4).await;
        let second = add(&bench, tenant, 4).await;
        expected.push((tenant, [first, second, last]));
    }
    let given = bench.claim(bench.worker(), 6).await;
    for (tenant, jobs) in expected {
        assert_eq!(of(&given, tenant), jobs, "{tenant}");
    }
}

pub async fn many_tenants_with_one_job_each_are_all_served(bench: Bench) {
    let jobs: Vec<_> = (0..300)
        .map(|number| NewJob { tenant: format!("tenant-{number}").parse().unwrap(), ..bench.new_job() })
        .collect();
    let mut expected: Vec<_> = bench.enqueue(&jobs).await.iter().map(|answer| answer.id).collect();
    let mut given = ids(&bench.claim(bench.worker(), 300).await);
    expected.sort();
    given.sort();
    assert_eq!(given, expected);
}

pub async fn a_retried_job_goes_behind_the_others(bench: Bench) {
    let worker = bench.worker();
    let failing = bench.add_plain(1).await[0];
    let claim = bench.claim_one(worker).await.claim;
    bench.settle(claim, retry(HOUR)).await;
    let waiting = bench.add_plain(2).await;
    bench.advance(HOUR);
    assert_eq!(ids(&bench.claim(worker, 3).await), [waiting[0], waiting[1], failing]);
}

pub async fn a_promoted_job_keeps_its_priority(bench: Bench) {
    let later = NewJob { when: When::After(HOUR), priority: Priority::FIRST, ..bench.new_job() };
    let urgent = bench.add(later).await;
    let ordinary = bench.add_plain(1).await[0];
    bench.advance(HOUR);
    assert_eq!(ids(&bench.claim(bench.worker(), 2).await), [urgent, ordinary]);
}

async fn add(bench: &Bench, tenant: &str, level: u8) -> JobId {
    let (tenant, priority) = (tenant.parse().unwrap(), Priority::new(level).unwrap());
    bench.add(NewJob { tenant, priority, ..bench.new_job() }).await
}

async fn enqueue_for(bench: &Bench, tenants: &[(&str, usize)]) {
    for (tenant, count) in tenants {
        let tenant: windlass_shared::TenantId = tenant.parse().unwrap();
        let of_tenant = |job| NewJob { tenant: tenant.clone(), ..job };
        let jobs: Vec<_> = bench.new_jobs(*count).into_iter().map(of_tenant).collect();
        bench.enqueue(&jobs).await;
    }
}

fn of(given: &[ClaimedJob], tenant: &str) -> Vec<JobId> {
    given.iter().filter(|job| job.tenant.as_str() == tenant).map(|job| job.claim.job).collect()
}
