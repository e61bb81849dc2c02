use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::ops::Range;
use std::time::Duration;

use proptest::prelude::*;
use windlass_queue::{Limit, LimitScope, Order, QueuePolicy, Rate, Scope, TenantPolicy};

use super::sometimes;
use crate::history::operation::theme::Weights;
use crate::history::operation::{KINDS, LIMIT_KEYS, TENANTS};

pub(super) fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![
        1 => Just(Scope::Queue),
        2 => (0..TENANTS).prop_map(|tenant| Scope::Tenant(format!("tenant-{tenant}").parse().unwrap())),
        2 => (0..KINDS).prop_map(|kind| Scope::Kind(format!("kind-{kind}").parse().unwrap())),
        3 => (0..LIMIT_KEYS.len()).prop_map(|key| Scope::Key(LIMIT_KEYS[key].parse().unwrap())),
    ]
}

pub(super) fn limit_scope() -> impl Strategy<Value = LimitScope> {
    prop_oneof![
        4 => scope().prop_map(LimitScope::One),
        1 => Just(LimitScope::EachTenant),
        1 => Just(LimitScope::EachKeyOf("family".parse().unwrap())),
    ]
}

pub(super) fn limit(weights: Weights) -> impl Strategy<Value = Option<Limit>> {
    let concurrency = sometimes(10 - weights.rate_of_ten, (1..4_u32).prop_map(number));
    let limit = (concurrency, sometimes(weights.rate_of_ten, rate()))
        .prop_map(|(concurrency, rate)| Limit { concurrency, rate });
    sometimes(8, limit)
}

/// One start in whole hours: so no instant at which a rate opens falls into the time that a history takes.
fn rate() -> impl Strategy<Value = Rate> {
    (1..3_u32, 1..3_u64, 1..4_u32).prop_map(|(count, hours, burst)| Rate {
        count: number(count),
        period: Duration::from_hours(hours * u64::from(count)),
        burst: number(burst),
    })
}

pub(super) fn tenant_policy() -> impl Strategy<Value = Option<TenantPolicy>> {
    let quota = seldom(2..9);
    let policy = (1..4_u16, quota)
        .prop_map(|(weight, quota)| TenantPolicy { weight: NonZeroU16::new(weight).unwrap(), quota });
    sometimes(7, policy)
}

pub(super) fn policy() -> impl Strategy<Value = QueuePolicy> {
    let order = prop_oneof![Just(Order::TenantsFirst), Just(Order::PriorityFirst)];
    let draining = prop_oneof![9 => Just(false), 1 => Just(true)];
    (order, draining, seldom(3..20), seldom(2..12)).prop_map(|(order, draining, max_depth, tenant_quota)| {
        QueuePolicy { order, draining, max_depth, tenant_quota, retention: None }
    })
}

fn seldom(bound: Range<u64>) -> impl Strategy<Value = Option<NonZeroU64>> {
    sometimes(2, bound.prop_map(|bound| NonZeroU64::new(bound).unwrap()))
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}
