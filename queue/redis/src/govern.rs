use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use windlass_queue::{
    EngineError, GovernQueue, Limit, LimitScope, Order, Parked, Pause, Paused, PolicyChange, QueuePolicy,
    Rate, Retention, RetentionChange, Rules, Scope, Setting, TenantPolicy,
};
use windlass_shared::{KindName, QueueName, TenantId, Timestamp};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::terms::millis;
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
        let mut goes_on = 0;
        loop {
            let mut call = scripts::SET_LIMIT.on(&keys::prefix(queue), self.link.clock_offset());
            call.arg(scope.to_string()).arg(limit.as_ref().map_or_else(String::new, limit_text)).arg(goes_on);
            goes_on = self.link.script(&call).await?;
            if goes_on == 0 {
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

    async fn set_policy(&self, queue: &QueueName, change: &PolicyChange) -> Result<QueuePolicy, EngineError> {
        self.queues.ensure(queue).await?;
        let mut call = scripts::SET_POLICY.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(retention_text(&Retention::default().into()));
        for (field, value) in POLICY.iter().zip(change_texts(change)) {
            if let Some(value) = value {
                call.arg(*field).arg(value);
            }
        }
        policy_from(self.link.script(&call).await?)
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
        policy_from(self.link.command(redis::cmd("HMGET").arg(keys::of(queue, "cfg")).arg(&POLICY)).await?)
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

/// What is stored under the fields of [`POLICY`].
fn policy_from(stored: [Option<String>; 5]) -> Result<QueuePolicy, EngineError> {
    let [order, draining, max_depth, quota, retention] = stored;
    Ok(QueuePolicy {
        order: if order.is_some() { Order::PriorityFirst } else { Order::TenantsFirst },
        draining: draining.is_some(),
        max_depth: max_depth.as_deref().map(parsed).transpose()?,
        tenant_quota: quota.as_deref().map(parsed).transpose()?,
        retention: retention.as_deref().map(retention_from).transpose()?,
    })
}

/// The new values of the fields of [`POLICY`], where they have one; an empty one stands for none.
fn change_texts(change: &PolicyChange) -> [Option<String>; 5] {
    let order = |order| match order {
        Order::TenantsFirst => String::new(),
        Order::PriorityFirst => "p".to_owned(),
    };
    let draining = |draining: bool| if draining { "1".to_owned() } else { String::new() };
    let bound = |bound| setting_text(bound, NonZeroU64::to_string);
    [
        change.order.map(order),
        change.draining.map(draining),
        bound(&change.max_depth),
        bound(&change.tenant_quota),
        setting_text(&change.retention, retention_text),
    ]
}

fn setting_text<T>(setting: &Setting<T>, text: impl Fn(&T) -> String) -> Option<String> {
    match setting {
        Setting::Stays => None,
        Setting::Is(value) => Some(value.as_ref().map_or_else(String::new, text)),
    }
}

/// As retention.lua reads it, once `set_policy.lua` has put what is stored in the place of each `-`.
fn retention_text(change: &RetentionChange) -> String {
    let RetentionChange { completed_for, completed_most, failed_for, failed_most, results_for } = change;
    let age = |age: &Option<Duration>| age.map_or_else(|| "-".to_owned(), |age| millis(age).to_string());
    let most = |most: &Option<usize>| most.map_or_else(|| "-".to_owned(), |most| most.to_string());
    [age(completed_for), most(completed_most), age(failed_for), most(failed_most), age(results_for)].join(" ")
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
