//! A tenant's turn is as long as its weight, and a queue says whether turns or priorities come first.

use std::collections::BTreeSet;

use tokio::task::JoinSet;
use windlass_queue::{ClaimedJob, NewJob, Order, QueuePolicy, Verdict};
use windlass_shared::{JobId, Priority};

use crate::Bench;
use crate::endings::complete;
use crate::variants::{LIMITS, PARTS, SCOPES};
use crate::verbs::{concurrency, ids};

const PRIORITY_FIRST: QueuePolicy = QueuePolicy {
    order: Order::PriorityFirst,
    draining: false,
    max_depth: None,
    tenant_quota: None,
    retention: None,
};

pub async fn a_turn_gives_as_many_jobs_as_its_tenants_weight(bench: Bench) {
    bench.set_weight("heavy", 3).await;
    wait_for(&bench, &[("heavy", 30), ("light", 30)]).await;
    let given = bench.claim(bench.worker(), 16).await;
    for cycle in [4, 8, 12, 16] {
        assert_eq!(count(&given[..cycle], "heavy"), cycle / 4 * 3, "of {cycle}");
    }
}

pub async fn turns_are_the_same_whatever_claims_ask_for(bench: Bench) {
    let mut orders = BTreeSet::new();
    for sizes in [vec![1], vec![2], vec![5, 1], vec![7], vec![3, 2, 1], vec![60]] {
        let bench = bench.another_queue().await;
        bench.set_weight("heavy", 5).await;
        bench.set_weight("middle", 2).await;
        wait_for(&bench, &[("heavy", 30), ("middle", 20), ("light", 10)]).await;
        let mut order = Vec::new();
        for size in sizes.iter().cycle() {
            let given = bench.claim(bench.worker(), *size).await;
            if given.is_empty() {
                break;
            }
            order.extend(given.into_iter().map(|job| job.tenant.to_string()));
        }
        assert_eq!(order.len(), 60, "{sizes:?}");
        orders.insert(order);
    }
    assert_eq!(orders.len(), 1, "{orders:?}");
}

pub async fn a_weight_holds_from_when_it_is_set_until_it_is_removed(bench: Bench) {
    let worker = bench.worker();
    wait_for(&bench, &[("heavy", 60), ("light", 60)]).await;
    assert_eq!(count(&bench.claim(worker, 10).await, "heavy"), 5);
    bench.set_weight("heavy", 4).await;
    let weighed = count(&bench.claim(worker, 20).await, "heavy");
    assert!((15..=17).contains(&weighed), "{weighed} of 20");
    bench.set_tenant("heavy", None).await;
    let plain = count(&bench.claim(worker, 20).await, "heavy");
    assert!((9..=13).contains(&plain), "{plain} of 20");
}

pub async fn a_tenant_that_has_no_more_jobs_gives_its_turn_on(bench: Bench) {
    bench.set_weight("heavy", 100).await;
    wait_for(&bench, &[("heavy", 2), ("light", 3)]).await;
    let worker = bench.worker();
    assert_eq!(bench.claim(worker, 5).await.len(), 5);
    wait_for(&bench, &[("light", 1), ("heavy", 1)]).await;
    assert_eq!(bench.claim(worker, 5).await.len(), 2);
}

pub async fn priority_comes_before_turns_where_the_queue_says_so(bench: Bench) {
    bench.set_policy(PRIORITY_FIRST).await;
    let mut jobs = Vec::new();
    for (tenant, level) in [("big", 5), ("big", 9), ("big", 0), ("small", 7), ("small", 1), ("late", 3)] {
        jobs.push((level, bench.add(of(&bench, tenant, level)).await));
    }
    jobs.sort_unstable_by_key(|(level, _)| *level);
    let expected: Vec<_> = jobs.into_iter().map(|(_, job)| job).collect();
    assert_eq!(ids(&bench.claim(bench.worker(), 10).await), expected);
}

pub async fn tenants_take_weighed_turns_within_one_priority(bench: Bench) {
    bench.set_policy(PRIORITY_FIRST).await;
    bench.set_weight("heavy", 3).await;
    for level in [6, 2] {
        bench.add_several(9, || of(&bench, "heavy", level)).await;
        bench.add_several(3, || of(&bench, "light", level)).await;
    }
    let given = bench.claim(bench.worker(), 24).await;
    let levels: Vec<_> = given.iter().map(|job| job.priority.get()).collect();
    assert_eq!(levels, [[2; 12], [6; 12]].concat());
    for level in [&given[..12], &given[12..]] {
        assert_eq!([count(&level[..4], "heavy"), count(&level[..8], "heavy")], [3, 6]);
    }
}

pub async fn first_in_first_out_holds_within_a_priority(bench: Bench) {
    bench.set_policy(PRIORITY_FIRST).await;
    let first = bench.add_plain(3).await;
    let urgent = bench.add_several(2, || bench.of_priority(1)).await;
    let worker = bench.worker();
    let given = bench.claim(worker, 3).await;
    assert_eq!(ids(&given), [urgent[0], urgent[1], first[0]]);
    bench.settle(given[2].claim, Verdict::Release).await;
    assert_eq!(ids(&bench.claim(worker, 5).await), first, "a released job comes first again");
}

pub async fn the_order_may_change_while_jobs_wait(bench: Bench) {
    wait_for(&bench, &[("big", 20), ("small", 2)]).await;
    let urgent = bench.add_several(3, || of(&bench, "big", 1)).await;
    let later = bench.add_several(3, || of(&bench, "small", 8)).await;
    let worker = bench.worker();
    assert_eq!(count(&bench.claim(worker, 2).await, "small"), 1);
    bench.set_policy(PRIORITY_FIRST).await;
    let given = ids(&bench.claim(worker, 23).await);
    assert!(urgent.iter().all(|job| !given[3..].contains(job)), "what is urgent comes first");
    bench.set_policy(QueuePolicy::default()).await;
    assert_eq!(ids(&bench.claim(worker, 9).await), later);
}

pub async fn a_change_of_order_strands_nothing_of_many_tenants(bench: Bench) {
    let many = |count| {
        (0..count).zip((0..10).cycle()).map(|(number, level)| of(&bench, &format!("tenant-{number}"), level))
    };
    let mut waiting: BTreeSet<_> = bench.add_all(&many(700).collect::<Vec<_>>()).await.into_iter().collect();
    for policy in [PRIORITY_FIRST, QueuePolicy::default(), PRIORITY_FIRST, QueuePolicy::default()] {
        bench.set_policy(policy).await;
        waiting.extend(bench.add_all(&many(50).collect::<Vec<_>>()).await);
        for job in ids(&bench.claim(bench.worker(), 100).await) {
            assert!(waiting.remove(&job), "each job comes once");
        }
    }
    let rest: BTreeSet<_> = ids(&bench.claim(bench.worker(), 1_000).await).into_iter().collect();
    assert_eq!(rest, waiting);
}

pub async fn a_change_of_order_among_many_claimers_loses_nothing(bench: Bench) {
    let second = bench.second().await;
    let jobs = (0..600)
        .zip((0..7).cycle())
        .map(|(number, level)| of(&bench, &format!("tenant-{}", number % 13), level));
    let jobs = bench.add_all(&jobs.collect::<Vec<_>>()).await;
    let mut tasks = JoinSet::new();
    for number in 0..6 {
        let bench = if number % 2 == 0 { bench.clone() } else { second.clone() };
        tasks.spawn(async move {
            let (worker, mut given) = (bench.worker(), Vec::new());
            for turn in 0..25 {
                let order = if (turn + number) % 2 == 0 { Order::PriorityFirst } else { Order::TenantsFirst };
                bench.set_policy(QueuePolicy { order, ..PRIORITY_FIRST }).await;
                let claimed = bench.claim(worker, 6).await;
                let claims: Vec<_> = claimed.iter().map(|job| job.claim).collect();
                bench.settle_all(&claims, &complete()).await;
                given.extend(ids(&claimed));
            }
            given
        });
    }
    let mut given: Vec<JobId> = tasks.join_all().await.concat();
    given.extend(ids(&bench.claim(bench.worker(), 600).await));
    assert_eq!((given.len(), given.into_iter().collect()), (600, jobs.into_iter().collect::<BTreeSet<_>>()));
}

pub async fn what_is_held_up_lets_others_pass_in_either_order(bench: Bench) {
    for scope in PARTS {
        let bench = bench.another_queue().await;
        bench.set_policy(PRIORITY_FIRST).await;
        bench.pause(scope).await;
        let urgent = || NewJob { priority: Priority::FIRST, ..bench.ruled() };
        let held_up =
            [bench.add_several(2, urgent).await, bench.add_several(2, || bench.ruled()).await].concat();
        let others = bench.add_plain(2).await;
        assert_eq!(ids(&bench.claim(bench.worker(), 10).await), others, "{scope}");
        let later = bench.add_plain(1).await;
        bench.resume(scope).await;
        let given = ids(&bench.claim(bench.worker(), 10).await);
        assert_eq!(given[..2], held_up[..2], "{scope}: what is urgent comes first");
        assert!(given.len() == 5 && given.contains(&later[0]), "{scope}");
    }
}

pub async fn limits_hold_in_either_order(bench: Bench) {
    for scope in LIMITS {
        let (bench, worker) = (bench.another_queue().await, bench.worker());
        bench.set_policy(PRIORITY_FIRST).await;
        bench.set_limit(scope, Some(concurrency(2))).await;
        let jobs = bench.add_several(5, || bench.ruled()).await;
        let running = bench.claim(worker, 10).await;
        assert_eq!(ids(&running), jobs[..2], "{scope}");
        bench.settle(running[0].claim, complete()).await;
        assert_eq!(bench.claim_one(worker).await.claim.job, jobs[2], "{scope}");
        bench.set_limit(scope, None).await;
        assert_eq!(ids(&bench.claim(worker, 10).await), jobs[3..], "{scope}");
    }
}

pub async fn a_change_of_order_leaves_what_is_held_up_where_it_is(bench: Bench) {
    for scope in SCOPES {
        let bench = bench.another_queue().await;
        let mut jobs = bench.add_several(3, || bench.ruled()).await;
        bench.pause(scope).await;
        for order in [Order::PriorityFirst, Order::TenantsFirst, Order::PriorityFirst] {
            assert!(bench.claim(bench.worker(), 10).await.is_empty(), "{scope}");
            bench.set_policy(QueuePolicy { order, ..PRIORITY_FIRST }).await;
            jobs.extend(bench.add_several(2, || bench.ruled()).await);
        }
        assert!(bench.claim(bench.worker(), 10).await.is_empty(), "{scope}");
        bench.resume(scope).await;
        assert_eq!(ids(&bench.claim(bench.worker(), 20).await), jobs, "{scope}");
    }
}

fn of(bench: &Bench, tenant: &str, level: u8) -> NewJob {
    NewJob { priority: Priority::new(level).unwrap(), ..bench.of_tenant(tenant) }
}

async fn wait_for(bench: &Bench, tenants: &[(&str, usize)]) {
    for (tenant, count) in tenants {
        bench.add_several(*count, || bench.of_tenant(tenant)).await;
    }
}

fn count(given: &[ClaimedJob], tenant: &str) -> usize {
    given.iter().filter(|job| job.tenant.as_str() == tenant).count()
}
