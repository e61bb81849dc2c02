//! The rules of a queue are seen by everybody as they were set.

use std::num::NonZeroU64;
use std::time::Duration;

use windlass_queue::{
    Limit, Order, Pause, Paused, PolicyChange, QueuePolicy, Retention, RetentionChange, Rules, Setting,
    TenantPolicy,
};

use crate::Bench;
use crate::bench::HOUR;
use crate::endings::complete;
use crate::verbs::{concurrency, rate};

pub async fn a_new_queue_has_no_rules(bench: Bench) {
    assert_eq!(bench.rules().await, Rules::default());
}

pub async fn a_policy_is_read_back_as_it_was_set(bench: Bench) {
    let retention = Retention {
        completed_for: Duration::from_millis(1),
        completed_most: 2,
        failed_for: 3 * HOUR,
        failed_most: 4,
        results_for: 5 * HOUR,
    };
    let full = QueuePolicy {
        order: Order::PriorityFirst,
        draining: true,
        max_depth: NonZeroU64::new(6),
        tenant_quota: NonZeroU64::new(1_000_000_000_000),
        retention: Some(retention),
    };
    for policy in [full, QueuePolicy::default(), QueuePolicy { draining: true, ..QueuePolicy::default() }] {
        bench.set_policy(policy).await;
        assert_eq!(bench.second().await.rules().await.policy, policy, "all of it is replaced");
    }
}

pub async fn a_change_of_the_policy_leaves_alone_what_it_does_not_name(bench: Bench) {
    let six = NonZeroU64::new(6);
    let usual = QueuePolicy { max_depth: six, tenant_quota: six, ..QueuePolicy::default() };
    bench.set_policy(usual).await;
    let age = RetentionChange { completed_for: Some(HOUR), ..RetentionChange::default() };
    let most = RetentionChange { failed_most: Some(7), ..RetentionChange::default() };
    let by_age = Retention { completed_for: HOUR, ..Retention::default() };
    let by_both = Retention { failed_most: 7, ..by_age };

    let draining = QueuePolicy { draining: true, ..usual };
    let ordered = QueuePolicy { order: Order::PriorityFirst, ..draining };
    let aged = QueuePolicy { retention: Some(by_age), ..ordered };
    let kept = QueuePolicy { retention: Some(by_both), ..aged };
    let boundless = QueuePolicy { max_depth: None, ..kept };
    let open = QueuePolicy { draining: false, ..boundless };
    for (change, expected) in [
        (PolicyChange::DRAIN, draining),
        (priority_first(), ordered),
        (retained(Some(age)), aged),
        (retained(Some(most)), kept),
        (deep(None), boundless),
        (PolicyChange::UNDRAIN, open),
        (PolicyChange::default(), open),
        (retained(None), QueuePolicy { retention: None, ..open }),
    ] {
        assert_eq!(bench.change_policy(change).await, expected, "{change:?}");
        assert_eq!(bench.second().await.rules().await.policy, expected, "{change:?}");
    }
}

pub async fn changes_of_the_policy_at_the_same_time_do_not_undo_each_other(bench: Bench) {
    let second = bench.second().await;
    for round in 1..=20 {
        let draining = if round % 2 == 1 { PolicyChange::DRAIN } else { PolicyChange::UNDRAIN };
        let quota =
            PolicyChange { tenant_quota: Setting::Is(NonZeroU64::new(round)), ..PolicyChange::default() };
        let completed_for = Some(Duration::from_millis(round));
        let age = RetentionChange { completed_for, ..RetentionChange::default() };
        let failed_most = usize::try_from(round).ok();
        let most = RetentionChange { failed_most, ..RetentionChange::default() };
        tokio::join!(
            bench.change_policy(draining),
            second.change_policy(deep(NonZeroU64::new(round))),
            bench.change_policy(quota),
            second.change_policy(retained(Some(age))),
            bench.change_policy(retained(Some(most))),
        );
        let Rules { policy, .. } = bench.rules().await;
        let kept = policy.retention.unwrap();
        assert_eq!(policy.draining, round % 2 == 1, "{policy:?}");
        assert_eq!([policy.max_depth, policy.tenant_quota], [NonZeroU64::new(round); 2], "{policy:?}");
        assert_eq!((Some(kept.completed_for), Some(kept.failed_most)), (completed_for, failed_most));
    }
}

pub async fn limits_are_read_back_by_scope(bench: Bench) {
    let both =
        Limit { concurrency: concurrency(7).concurrency, ..rate(10, Duration::from_millis(1_500), 20) };
    let limits = [
        ("queue", both),
        ("tenant:acme", concurrency(1)),
        ("kind:conformance.plain", concurrency(u32::MAX)),
        ("key:stripe:acct_1", rate(1, 31 * 24 * HOUR, 1)),
        ("tenant:*", rate(5, Duration::from_secs(1), 5)),
        ("key:stripe:*", concurrency(2)),
    ];
    for (scope, limit) in limits {
        bench.set_limit(scope, Some(concurrency(9))).await;
        bench.set_limit(scope, Some(limit)).await;
    }
    let mut expected: Vec<_> = limits.map(|(scope, limit)| (scope.to_owned(), limit)).into();
    expected.sort_by(|left, right| left.0.cmp(&right.0));
    assert_eq!(read(&bench).await, expected);
    bench.set_limit("queue", None).await;
    expected.retain(|(scope, _)| scope != "queue");
    assert_eq!(read(&bench.second().await).await, expected);
}

pub async fn tenants_are_read_back_by_name(bench: Bench) {
    let policy = |weight, quota| TenantPolicy {
        weight: std::num::NonZeroU16::new(weight).unwrap(),
        quota: NonZeroU64::new(quota),
    };
    for (tenant, policy) in [("globex", policy(1_000, 0)), ("acme", policy(1, 5)), ("initech", policy(2, 2))]
    {
        bench.set_tenant(tenant, Some(policy)).await;
    }
    bench.set_tenant("initech", None).await;
    bench.set_tenant("hooli", None).await;
    let tenants = bench.rules().await.tenants;
    let names: Vec<_> = tenants.iter().map(|(tenant, policy)| (tenant.as_str(), *policy)).collect();
    assert_eq!(names, [("acme", policy(1, 5)), ("globex", policy(1_000, 0))]);
}

pub async fn pauses_are_read_back_with_their_ends(bench: Bench) {
    let pause = Pause { scope: "queue".parse().unwrap(), lasts: None, note: Some("änderung".to_owned()) };
    bench.engine.pause(&bench.queue, &pause).await.unwrap();
    let before = bench.now();
    bench.hold("key:stripe", HOUR).await;
    let pauses = bench.second().await.rules().await.pauses;
    let expected = Paused { scope: pause.scope, until: None, note: pause.note };
    assert!(pauses.len() == 2 && pauses.contains(&expected), "{pauses:?}");
    let held = pauses.iter().find(|pause| pause.scope.to_string() == "key:stripe").unwrap();
    assert_eq!(held.note.as_deref(), Some("a provider asked for patience"));
    let lasts = held.until.unwrap().since(before);
    assert!(lasts.abs_diff(HOUR) < Duration::from_mins(1), "{lasts:?}");
    bench.advance(2 * HOUR);
    assert_eq!(bench.rules().await.pauses, [expected]);
}

pub async fn what_one_process_sets_holds_for_the_other_at_once(bench: Bench) {
    let second = bench.second().await;
    bench.add_plain(3).await;
    second.claim(second.worker(), 1).await;
    bench.pause("queue").await;
    assert!(second.claim(second.worker(), 5).await.is_empty());
    second.resume("queue").await;
    bench.set_limit("queue", Some(concurrency(2))).await;
    assert_eq!(second.claim(second.worker(), 5).await.len(), 1);
    second.set_policy(QueuePolicy { draining: true, ..QueuePolicy::default() }).await;
    bench.add_rejected(bench.new_job()).await;
}

pub async fn the_retention_of_the_policy_takes_the_place_of_the_given_one(bench: Bench) {
    let day = Retention { completed_for: 24 * HOUR, ..Retention::default() };
    let hour = Retention { completed_for: HOUR, ..Retention::default() };
    bench.set_policy(QueuePolicy { retention: Some(day), ..QueuePolicy::default() }).await;
    bench.add_plain(1).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    bench.settle(claim, complete()).await;
    bench.advance(2 * HOUR);
    assert_eq!(bench.engine.prune(&bench.queue, &hour, 10).await.unwrap(), 0);
    bench.set_policy(QueuePolicy { retention: Some(hour), ..QueuePolicy::default() }).await;
    assert_eq!(bench.engine.prune(&bench.queue, &day, 10).await.unwrap(), 1);
}

pub async fn results_go_before_their_jobs(bench: Bench) {
    let retention = Retention { results_for: HOUR, ..Retention::default() };
    bench.set_policy(QueuePolicy { retention: Some(retention), ..QueuePolicy::default() }).await;
    bench.add_plain(1).await;
    let claim = bench.claim_one(bench.worker()).await.claim;
    let verdict = windlass_queue::Verdict::Complete { result: Some("42".into()), children: Vec::new() };
    bench.settle(claim, verdict).await;
    assert_eq!(bench.get(claim.job).await.result, Some("42".into()));
    bench.advance(HOUR / 2);
    bench.engine.prune(&bench.queue, &retention, 10).await.unwrap();
    assert_eq!(bench.get(claim.job).await.result, Some("42".into()));
    bench.advance(HOUR);
    bench.engine.prune(&bench.queue, &retention, 10).await.unwrap();
    assert_eq!(bench.get(claim.job).await.result, None);
}

async fn read(bench: &Bench) -> Vec<(String, Limit)> {
    let mut limits: Vec<_> =
        bench.rules().await.limits.into_iter().map(|(scope, limit)| (scope.to_string(), limit)).collect();
    limits.sort_by(|left, right| left.0.cmp(&right.0));
    limits
}

fn priority_first() -> PolicyChange {
    PolicyChange { order: Some(Order::PriorityFirst), ..PolicyChange::default() }
}

fn deep(max_depth: Option<NonZeroU64>) -> PolicyChange {
    PolicyChange { max_depth: Setting::Is(max_depth), ..PolicyChange::default() }
}

fn retained(change: Option<RetentionChange>) -> PolicyChange {
    PolicyChange { retention: Setting::Is(change), ..PolicyChange::default() }
}
