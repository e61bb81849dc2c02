use std::num::{NonZeroU16, NonZeroU32};

use windlass_queue::{Client, Limit, Rate, TenantPolicy};

use super::describe::limited;
use super::{engine_of, tell};
use crate::args::queues::{LimitArgs, TenantArgs};
use crate::failure::Failure;

/// Sets or removes a limit.
pub(super) async fn limit(args: &LimitArgs, client: &Client) -> Result<(), Failure> {
    let engine = engine_of(&args.queue, client).await?;
    let limit = (!args.remove).then(|| Limit {
        concurrency: args.concurrency,
        rate: args.rate.map(|word| Rate {
            count: word.count,
            period: word.period,
            burst: args.burst.unwrap_or(NonZeroU32::MIN),
        }),
    });
    limit.as_ref().map_or(Ok(()), Limit::check)?;
    engine.set_limit(&args.queue.queue, &args.scope, limit).await?;
    let now = limit.as_ref().map_or_else(|| "has no limit of its own".to_owned(), limited);
    tell(&format!("{}: {now}", args.scope), &args.queue, engine).await
}

/// Sets what holds for a tenant, or makes it one like all others.
pub(super) async fn tenant(args: &TenantArgs, client: &Client) -> Result<(), Failure> {
    let engine = engine_of(&args.queue, client).await?;
    let policy = (!args.remove)
        .then(|| TenantPolicy { weight: args.weight.unwrap_or(NonZeroU16::MIN), quota: args.quota });
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
