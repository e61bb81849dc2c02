use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use windlass_queue::{
    EngineError, GovernQueue, Limit, LimitScope, Order, Parked, Pause, Paused, QueuePolicy, Rate, Retention,
    Rules, Scope, TenantPolicy,
};
use windlass_shared::{KindName, QueueName, TenantId, Timestamp};

use crate::engine::RedisEngine;
use crate::enqueue::millis;
use crate::error::corrupt;
use crate::{keys, scripts};

/// The fields of `cfg` that are a policy, in the order in which they are read.
const POLICY: [&str; 5] = ["order", "draining", "max_depth", "quota", "retention"];

#[async_trait]
impl GovernQueue for RedisEngine {
    async fn pause(&self, queue: &QueueName, pause: &Pause) -> Result<(), EngineError> {
        self.queues.ensure(queue).await?;
        let mut call = scripts::PAUSE.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(pause.scope.to_string());
        call.arg(pause.lasts.map_or_else(String::new, |lasts| millis(lasts).to_string()));
        call.arg(pause.note.as_deref().unwrap_or_default());
        self.link.script::<u8>(&call).await.map(drop)
    }

    async fn hold(
        &self,
        queue: &QueueName,
        scope: &Scope,
        lasts: Duration,
        note: &str,
    ) -> Result<(), EngineError> {
        self.queues.ensure(queue).await?;
        let mut call = scripts::HOLD.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(scope.to_string()).arg(millis(lasts)).arg(note);
        self.link.script::<u8>(&call).await.map(drop)
    }

    async fn resume(&self, queue: &QueueName, scope: &Scope) -> Result<bool, EngineError> {
        let mut call = scripts::RESUME.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(scope.to_string());
        self.link.script(&call).await
    }

    async fn set_limit(
        &self,
        queue: &QueueName,
        scope: &LimitScope,
        limit: Option<Limit>,
    ) -> Result<(), EngineError> {
        self.queues.ensure(queue).await?;
        let mut after = Vec::new();
        loop {
            let mut call = scripts::SET_LIMIT.on(&keys::prefix(queue), self.link.clock_offset());
            call.arg(scope.to_string()).arg(limit.as_ref().map_or_else(String::new, limit_text)).arg(after);
            after = self.link.script::<Vec<u8>>(&call).await?;
            if after.is_empty() {
                return Ok(());
            }
        }
    }

    async fn set_tenant(
        &self,
        queue: &QueueName,
        tenant: &TenantId,
        policy: Option<TenantPolicy>,
    ) -> Result<(), EngineError> {
        self.queues.ensure(queue).await?;
        let mut call = scripts::SET_TENANT.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(tenant.as_str()).arg(policy.as_ref().map_or_else(String::new, tenant_text));
        self.link.script::<u8>(&call).await.map(drop)
    }

    async fn set_policy(&self, queue: &QueueName, policy: &QueuePolicy) -> Result<(), EngineError> {
        self.queues.ensure(queue).await?;
        let mut call = scripts::SET_POLICY.on(&keys::prefix(queue), self.link.clock_offset());
        for (field, value) in POLICY.iter().zip(policy_texts(policy)) {
            call.arg(*field).arg(value);
        }
        self.link.script::<u8>(&call).await.map(drop)
    }

    async fn rules(&self, queue: &QueueName) -> Result<Rules, EngineError> {
        let mut rules = Rules { policy: self.policy(queue).await?, ..Rules::default() };
        for (name, policy) in self.in_force(queue, "tenants").await? {
            rules.tenants.push((parsed(&name)?, tenant_from(&policy)?));
        }
        for (scope, pause) in self.in_force(queue, "pauses").await? {
            rules.pauses.push(pause_from(parsed(&scope)?, &pause)?);
        }
        for (scope, limit) in self.in_force(queue, "limits").await? {
            rules.limits.push((parsed(&scope)?, limit_from(&limit)?));
        }
        for (scope, jobs) in self.in_force(queue, "parkings").await? {
            rules.parked.push(Parked { scope: parsed(&scope)?, unserved: false, jobs: parsed(&jobs)? });
        }
        for (kind, jobs) in self.in_force(queue, "unserved").await? {
            let scope = Scope::Kind(parsed::<KindName>(&kind)?);
            rules.parked.push(Parked { scope, unserved: true, jobs: parsed(&jobs)? });
        }
        rules.parked.retain(|parked| parked.jobs > 0);
        rules.tenants.sort_by(|one, other| one.0.cmp(&other.0));
        rules.pauses.sort_by(|one, other| one.scope.cmp(&other.scope));
        rules.limits.sort_by(|one, other| one.0.cmp(&other.0));
        rules.parked.sort_by(|one, other| (&one.scope, one.unserved).cmp(&(&other.scope, other.unserved)));
        Ok(rules)
    }
}

impl RedisEngine {
    async fn policy(&self, queue: &QueueName) -> Result<QueuePolicy, EngineError> {
        let stored: [Option<String>; 5] =
            self.link.command(redis::cmd("HMGET").arg(keys::of(queue, "cfg")).arg(&POLICY)).await?;
        let [order, draining, max_depth, quota, retention] = stored;
        Ok(QueuePolicy {
            order: if order.is_some() { Order::PriorityFirst } else { Order::TenantsFirst },
            draining: draining.is_some(),
            max_depth: max_depth.as_deref().map(parsed).transpose()?,
            tenant_quota: quota.as_deref().map(parsed).transpose()?,
            retention: retention.as_deref().map(retention_from).transpose()?,
        })
    }

    /// What is set, or waits, by name.
    pub(crate) async fn in_force(
        &self,
        queue: &QueueName,
        what: &str,
    ) -> Result<Vec<(String, String)>, EngineError> {
        let (mut found, mut cursor) = (Vec::new(), "0".to_owned());
        loop {
            let mut call = scripts::RULES.on(&keys::prefix(queue), self.link.clock_offset());
            call.arg(what).arg(&cursor);
            let (next, page): (String, Vec<(String, String)>) = self.link.script(&call).await?;
            found.extend(page);
            cursor = next;
            if cursor == "0" {
                break;
            }
        }
        // A page may tell again what an earlier one told.
        found.sort();
        found.dedup_by(|one, other| one.0 == other.0);
        Ok(found)
    }
}

/// As `limits` of scopes.lua has it.
fn limit_text(limit: &Limit) -> String {
    let concurrency = limit.concurrency.map_or(0, NonZeroU32::get);
    let (count, period, burst) = limit.rate.map_or((0, 0, 0), |rate| {
        (rate.count.get(), millis(rate.period.min(Rate::LONGEST)), rate.burst.get())
    });
    format!("{concurrency} {count} {period} {burst}")
}

fn limit_from(text: &str) -> Result<Limit, EngineError> {
    // A plus says that claims that run already are still being counted.
    let numbers: [u64; 4] = numbers(text.trim_start_matches('+'))?;
    let [concurrency, count, period, burst] = numbers;
    let small = |number: u64| u32::try_from(number).ok().and_then(NonZeroU32::new);
    let rate = small(count).zip(small(burst)).map(|(count, burst)| Rate {
        count,
        period: Duration::from_millis(period),
        burst,
    });
    Ok(Limit { concurrency: small(concurrency), rate })
}

fn tenant_text(policy: &TenantPolicy) -> String {
    let quota = policy.quota.map_or_else(String::new, |quota| format!(" {quota}"));
    format!("{}{quota}", policy.weight)
}

fn tenant_from(text: &str) -> Result<TenantPolicy, EngineError> {
    let (weight, quota) = text.split_once(' ').map_or((text, None), |(weight, quota)| (weight, Some(quota)));
    let quota = quota.map(parsed::<NonZeroU64>).transpose()?;
    Ok(TenantPolicy { weight: parsed::<NonZeroU16>(weight)?, quota })
}

fn pause_from(scope: Scope, text: &str) -> Result<Paused, EngineError> {
    let (until, note) = text.split_once('|').ok_or_else(|| corrupt(format!("a pause {text:?}")))?;
    let until = Some(parsed::<i64>(until)?).filter(|until| *until > 0).map(Timestamp::from_millis);
    Ok(Paused { scope, until, note: Some(note.to_owned()).filter(|note| !note.is_empty()) })
}

/// The values of the fields of [`POLICY`]; an empty one stands for none.
fn policy_texts(policy: &QueuePolicy) -> [String; 5] {
    let order = match policy.order {
        Order::TenantsFirst => "",
        Order::PriorityFirst => "p",
    };
    let bound = |bound: Option<NonZeroU64>| bound.map_or_else(String::new, |bound| bound.to_string());
    [
        order.to_owned(),
        if policy.draining { "1".to_owned() } else { String::new() },
        bound(policy.max_depth),
        bound(policy.tenant_quota),
        policy.retention.as_ref().map_or_else(String::new, retention_text),
    ]
}

/// As retention.lua reads it.
fn retention_text(retention: &Retention) -> String {
    let Retention { completed_for, completed_most, failed_for, failed_most, results_for } = retention;
    let (completed_for, failed_for, results_for) =
        (millis(*completed_for), millis(*failed_for), millis(*results_for));
    format!("{completed_for} {completed_most} {failed_for} {failed_most} {results_for}")
}

fn retention_from(text: &str) -> Result<Retention, EngineError> {
    let numbers: [u64; 5] = numbers(text)?;
    let [completed_for, completed_most, failed_for, failed_most, results_for] = numbers;
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    Ok(Retention {
        completed_for: Duration::from_millis(completed_for),
        completed_most: count(completed_most),
        failed_for: Duration::from_millis(failed_for),
        failed_most: count(failed_most),
        results_for: Duration::from_millis(results_for),
    })
}

fn numbers<const N: usize>(text: &str) -> Result<[u64; N], EngineError> {
    let numbers = text.split(' ').map(parsed).collect::<Result<Vec<_>, _>>()?;
    numbers.try_into().map_err(|_| corrupt(format!("{text:?} where {N} numbers were expected")))
}

fn parsed<T: FromStr>(text: &str) -> Result<T, EngineError> {
    text.parse().map_err(|_| corrupt(format!("{text:?} in the rules of a queue")))
}
