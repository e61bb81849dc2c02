use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::time::Duration;

use windlass_queue::{Limit, LimitScope, Pause, PolicyChange, QueuePolicy, Rate, Rules, Scope, TenantPolicy};

use crate::Bench;

/// The rules of the queue. Scopes are given as texts: `queue`, `tenant:acme`, `kind:email.send`, `key:stripe:*`.
impl Bench {
    /// Pauses until it is resumed.
    pub(crate) async fn pause(&self, scope: &str) {
        self.pause_for(scope, None).await;
    }

    /// Pauses for a time, or until it is resumed.
    pub(crate) async fn pause_for(&self, scope: &str, lasts: Option<Duration>) {
        let pause = Pause { scope: scope.parse().unwrap(), lasts, note: None };
        self.engine.pause(&self.queue, &pause).await.unwrap();
    }

    /// Holds something up for at least this long.
    pub(crate) async fn hold(&self, scope: &str, lasts: Duration) {
        let scope: Scope = scope.parse().unwrap();
        self.engine.hold(&self.queue, &scope, lasts, "a provider asked for patience").await.unwrap();
    }

    /// Answers whether there was a pause or hold.
    pub(crate) async fn resume(&self, scope: &str) -> bool {
        self.engine.resume(&self.queue, &scope.parse().unwrap()).await.unwrap()
    }

    pub(crate) async fn set_limit(&self, scope: &str, limit: Option<Limit>) {
        let scope: LimitScope = scope.parse().unwrap();
        self.engine.set_limit(&self.queue, &scope, limit).await.unwrap();
    }

    pub(crate) async fn set_tenant(&self, tenant: &str, policy: Option<TenantPolicy>) {
        self.engine.set_tenant(&self.queue, &tenant.parse().unwrap(), policy).await.unwrap();
    }

    /// Gives the turns of a tenant a weight.
    pub(crate) async fn set_weight(&self, tenant: &str, weight: u16) {
        let weight = NonZeroU16::new(weight).unwrap();
        self.set_tenant(tenant, Some(TenantPolicy { weight, ..TenantPolicy::default() })).await;
    }

    /// Bounds the unfinished jobs of a tenant.
    pub(crate) async fn set_quota(&self, tenant: &str, quota: u64) {
        let quota = NonZeroU64::new(quota);
        self.set_tenant(tenant, Some(TenantPolicy { quota, ..TenantPolicy::default() })).await;
    }

    /// Sets all of the policy anew.
    pub(crate) async fn set_policy(&self, policy: QueuePolicy) {
        assert_eq!(self.change_policy(policy.into()).await, policy);
    }

    /// Changes a part of the policy; answers what holds then.
    pub(crate) async fn change_policy(&self, change: PolicyChange) -> QueuePolicy {
        self.engine.set_policy(&self.queue, &change).await.unwrap()
    }

    pub(crate) async fn rules(&self) -> Rules {
        self.engine.rules(&self.queue).await.unwrap()
    }
}

/// At most so many at a time.
pub(crate) const fn concurrency(most: u32) -> Limit {
    Limit { concurrency: NonZeroU32::new(most), rate: None }
}

/// At most `count` starts in `period`, one after another unless nothing has started for a while: then `burst` at once.
pub(crate) const fn rate(count: u32, period: Duration, burst: u32) -> Limit {
    let count = NonZeroU32::new(count).unwrap();
    let burst = NonZeroU32::new(burst).unwrap();
    Limit { concurrency: None, rate: Some(Rate { count, period, burst }) }
}
