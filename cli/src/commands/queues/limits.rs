use std::num::NonZeroU32;

use windlass_queue::{Client, Limit, LimitScope, Rate, Scope, TenantPolicy};

use super::describe::limited;
use super::{engine_of, tell};
use crate::args::queues::{LimitArgs, TenantArgs};
use crate::failure::Failure;

/// Sets or removes a limit, or a part of it.
pub(super) async fn limit(args: &LimitArgs, client: &Client) -> Result<(), Failure> {
    let engine = engine_of(&args.queue, client).await?;
    let limit = if args.remove {
        None
    } else {
        let limits = engine.rules(&args.queue.queue).await?.limits;
        let held = in_force(&args.scope, &limits).map(|(_, limit)| limit);
        Some(args.onto(held.unwrap_or(NO_LIMIT))?)
    };
    engine.set_limit(&args.queue.queue, &args.scope, limit).await?;
    let now = limit.as_ref().map_or_else(|| "has no limit of its own".to_owned(), limited);
    tell(&format!("{}: {now}", args.scope), &args.queue, engine).await
}

const NO_LIMIT: Limit = Limit { concurrency: None, rate: None };

/// The limit that holds for what the scope names, and the scope it was set for: the scope itself, or each of its sort.
pub(in crate::commands) fn in_force(
    scope: &LimitScope,
    limits: &[(LimitScope, Limit)],
) -> Option<(LimitScope, Limit)> {
    let of = |scope: &LimitScope| limits.iter().find(|(other, _)| other == scope).cloned();
    of(scope).or_else(|| of(&each_like(scope)?))
}

/// The scope of all that are of one sort with this one.
fn each_like(scope: &LimitScope) -> Option<LimitScope> {
    match scope {
        LimitScope::One(Scope::Tenant(_)) => Some(LimitScope::EachTenant),
        LimitScope::One(Scope::Key(key)) => Some(LimitScope::EachKeyOf(key.family()?.parse().ok()?)),
        LimitScope::One(Scope::Queue | Scope::Kind(_))
        | LimitScope::EachTenant
        | LimitScope::EachKeyOf(_) => None,
    }
}

impl LimitArgs {
    /// What the limit becomes: what is not named stays.
    fn onto(&self, held: Limit) -> Result<Limit, Failure> {
        let old_burst = held.rate.map_or(NonZeroU32::MIN, |rate| rate.burst);
        let rate = match self.rate {
            None => held.rate,
            Some(word) => {
                word.0.map(|word| Rate { count: word.count, period: word.period, burst: old_burst })
            }
        };
        if self.burst.is_some() && rate.is_none() {
            return Err(Failure::BurstWithoutRate);
        }
        let limit = Limit {
            concurrency: self.concurrency.map_or(held.concurrency, |most| most.0),
            rate: rate.map(|rate| Rate { burst: self.burst.unwrap_or(rate.burst), ..rate }),
        };
        limit.check()?;
        Ok(limit)
    }
}

/// Sets what holds for a tenant, or makes it one like all others.
pub(super) async fn tenant(args: &TenantArgs, client: &Client) -> Result<(), Failure> {
    let engine = engine_of(&args.queue, client).await?;
    let policy = if args.remove {
        None
    } else {
        let tenants = engine.rules(&args.queue.queue).await?.tenants;
        let held = tenants.into_iter().find(|(tenant, _)| *tenant == args.tenant);
        Some(args.onto(held.map_or_else(TenantPolicy::default, |(_, policy)| policy)))
    };
    policy.as_ref().map_or(Ok(()), TenantPolicy::check)?;
    engine.set_tenant(&args.queue.queue, &args.tenant, policy).await?;
    let done = match policy {
        None => format!("the tenant {} is one like all others", args.tenant),
        Some(TenantPolicy { weight, quota: None }) => {
            format!("the tenant {} has weight {weight}", args.tenant)
        }
        Some(TenantPolicy { weight, quota: Some(quota) }) => {
            format!("the tenant {} has weight {weight} and at most {quota} unfinished jobs", args.tenant)
        }
    };
    tell(&done, &args.queue, engine).await
}

impl TenantArgs {
    fn onto(&self, held: TenantPolicy) -> TenantPolicy {
        TenantPolicy {
            weight: self.weight.unwrap_or(held.weight),
            quota: self.quota.map_or(held.quota, |quota| quota.0),
        }
    }
}
