use std::collections::BTreeMap;

use windlass_queue::{Limit, LimitScope, QueuePolicy, Rate, Scope, TenantPolicy};
use windlass_shared::TenantId;

use super::Moment;

/// What is in force, and how far rates are used up.
///
/// After a step of the clock back two things are left to an engine: whether a pause that was over comes into force again,
/// and what it still knows of starts that lie ahead. So each is kept twice, as what surely and what possibly holds.
#[derive(Debug, Default)]
pub(crate) struct RuleBook {
    pub(crate) policy: QueuePolicy,
    pub(crate) tenants: BTreeMap<TenantId, TenantPolicy>,
    pub(crate) limits: BTreeMap<LimitScope, Limit>,
    pauses: BTreeMap<Scope, Paused>,
    arrivals: BTreeMap<Scope, Arrival>,
}

/// How sure it must be that something is held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    Surely,
    Possibly,
}

/// Until when a pause lasts.
#[derive(Debug, Clone, Copy)]
struct Paused {
    surely: Moment,
    possibly: Moment,
}

/// The theoretical arrival time of a rate, at the earliest and at the latest.
#[derive(Debug, Clone, Copy, Default)]
struct Arrival {
    earliest: u64,
    latest: u64,
}

impl RuleBook {
    pub(super) fn pause(&mut self, scope: &Scope, until: Moment) {
        self.pauses.insert(scope.clone(), Paused { surely: until, possibly: until });
    }

    pub(super) fn hold(&mut self, scope: &Scope, until: Moment) {
        let paused = self.pauses.entry(scope.clone()).or_insert(Paused { surely: until, possibly: until });
        paused.surely = paused.surely.max(until);
        paused.possibly = paused.possibly.max(until);
    }

    /// What is paused or held, or was.
    pub(super) fn paused(&self) -> impl Iterator<Item = &Scope> {
        self.pauses.keys()
    }

    /// Answers whether there was one, if that is sure.
    pub(super) fn resume(&mut self, scope: &Scope, now: Moment) -> Option<bool> {
        let Some(paused) = self.pauses.remove(scope) else { return Some(false) };
        (paused.surely > now).then_some(true)
    }

    /// What was used up of a rate may be forgotten with it.
    pub(super) fn set_limit(&mut self, scope: &LimitScope, limit: Option<Limit>) {
        match limit {
            Some(limit) => self.limits.insert(scope.clone(), limit),
            None => self.limits.remove(scope),
        };
        for (of, arrival) in &mut self.arrivals {
            if LimitScope::from(of.clone()) == *scope || each(of).as_ref() == Some(scope) {
                arrival.earliest = 0;
            }
        }
    }

    /// The limit that holds for one scope: its own, or the one for each of its sort.
    pub(super) fn limit_of(&self, scope: &Scope) -> Option<Limit> {
        let own = self.limits.get(&LimitScope::One(scope.clone()));
        own.or_else(|| self.limits.get(&each(scope)?)).copied()
    }

    pub(super) fn is_paused(&self, scope: &Scope, now: Moment, held: Held) -> bool {
        self.pauses.get(scope).is_some_and(|paused| match held {
            Held::Surely => paused.surely > now,
            Held::Possibly => paused.possibly > now,
        })
    }

    /// Whether so many run that no other one may start.
    pub(super) fn is_full(&self, scope: &Scope, running: usize) -> bool {
        let most = self.limit_of(scope).and_then(|limit| limit.concurrency);
        most.is_some_and(|most| running >= usize::try_from(most.get()).unwrap())
    }

    pub(super) fn is_used_up(&self, scope: &Scope, now: Moment, held: Held) -> bool {
        let Some(rate) = self.limit_of(scope).and_then(|limit| limit.rate) else { return false };
        let arrival = self.arrivals.get(scope).copied().unwrap_or_default();
        let arrival = if held == Held::Surely { arrival.earliest } else { arrival.latest };
        rate.free(arrival, now.as_micros()) == 0
    }

    /// A job of these scopes starts.
    pub(super) fn start(&mut self, scopes: &[Scope], now: Moment) {
        let now = now.as_micros();
        for scope in scopes {
            let Some(rate) = self.limit_of(scope).and_then(|limit| limit.rate) else { continue };
            let arrival = self.arrivals.entry(scope.clone()).or_default();
            // That it starts proves that there was room for one.
            let latest = arrival.latest.min(latest_with_room(&rate, now));
            arrival.earliest = rate.after(arrival.earliest, now, 1);
            arrival.latest = rate.after(latest, now, 1);
        }
    }

    /// A job of these scopes did not start after all.
    pub(super) fn take_back_start(&mut self, scopes: &[Scope]) {
        for scope in scopes {
            let Some(rate) = self.limit_of(scope).and_then(|limit| limit.rate) else { continue };
            let arrival = self.arrivals.entry(scope.clone()).or_default();
            arrival.earliest = arrival.earliest.saturating_sub(rate.interval());
            arrival.latest = arrival.latest.saturating_sub(rate.interval());
        }
    }

    /// The clock went forward: what is over may be forgotten.
    pub(super) fn advanced(&mut self, now: Moment) {
        for paused in self.pauses.values_mut().filter(|paused| paused.surely <= now) {
            paused.surely = Moment::LONG_AGO;
        }
        for arrival in self.arrivals.values_mut().filter(|arrival| arrival.earliest <= now.as_micros()) {
            arrival.earliest = 0;
        }
    }

    /// The clock went back: what is too far ahead may be brought nearer.
    pub(super) fn stepped_back(&mut self, now: Moment) {
        let now = now.as_micros();
        let scopes: Vec<_> = self.arrivals.keys().cloned().collect();
        for scope in scopes {
            let rate = self.limit_of(&scope).and_then(|limit| limit.rate);
            let arrival = self.arrivals.entry(scope).or_default();
            // Without a rate nothing is remembered for sure.
            arrival.earliest = rate.map_or(0, |rate| arrival.earliest.min(rate.after(u64::MAX, now, 0)));
        }
    }
}

/// The rule for each scope of the same sort.
pub(super) fn each(scope: &Scope) -> Option<LimitScope> {
    match scope {
        Scope::Tenant(_) => Some(LimitScope::EachTenant),
        Scope::Key(key) => key.family().map(|family| LimitScope::EachKeyOf(family.parse().unwrap())),
        Scope::Queue | Scope::Kind(_) => None,
    }
}

/// The latest arrival time with which one more may start.
fn latest_with_room(rate: &Rate, now: u64) -> u64 {
    now.saturating_add(rate.interval().saturating_mul((rate.burst.get() - 1).into()))
}
