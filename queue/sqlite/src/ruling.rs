//! How a scope stands: what its rules say, and how much of that is used up.

use std::num::NonZeroU32;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};
use windlass_queue::{Limit, LimitScope, Paused, Rate, Scope};
use windlass_shared::{KindName, LimitKey, QueueNumber, TenantId, Timestamp};

use crate::fault::Fault;
use crate::stored;

/// What the rules say about a scope, and how much of that is used up.
#[derive(Debug, Clone)]
pub(crate) struct Ruling {
    /// The pause that is in force.
    pub(crate) pause: Option<Paused>,
    pub(crate) limit: Option<Limit>,
    /// How many slots are taken.
    pub(crate) taken: u32,
    /// The theoretical arrival time of the limit's rate: no later than a burst from now, which is where a slower rate or
    /// a clock that stepped back may have left it.
    pub(crate) arrival: u64,
    /// Whether the one that is stored is later.
    pub(crate) is_ahead: bool,
}

/// Why a scope holds something up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    Paused { until: Option<Timestamp> },
    Full,
    RateUsedUp { until: Timestamp },
}

impl Block {
    /// When it ends by itself, where it does.
    pub(crate) const fn opens_at(self) -> Option<Timestamp> {
        match self {
            Self::Paused { until } => until,
            Self::Full => None,
            Self::RateUsedUp { until } => Some(until),
        }
    }
}

impl Ruling {
    /// What holds for a scope now.
    pub(crate) fn of(
        connection: &Connection,
        queue: QueueNumber,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Self, Fault> {
        const USED: &str = "SELECT taken, arrival FROM scopes WHERE queue = ?1 AND scope = ?2";
        let pause = pause(connection, queue, scope)?.filter(|pause| is_in_force(pause, now));
        let limit = limit_of(connection, queue, scope)?;
        let mut ruling = Self { pause, limit, taken: 0, arrival: 0, is_ahead: false };
        if limit.is_some() {
            let which = params![queue.get(), scope.to_string()];
            let read = |row: &Row<'_>| Ok((row.get("taken")?, row.get("arrival")?));
            let used = connection.prepare_cached(USED)?.query_row(which, read).optional()?;
            let (taken, arrival): (_, u64) = used.unwrap_or_default();
            let latest = limit.and_then(|limit| limit.rate).map(|rate| rate.after(arrival, micros(now), 0));
            ruling.taken = taken;
            ruling.arrival = latest.map_or(arrival, |latest| latest.min(arrival));
            ruling.is_ahead = ruling.arrival < arrival;
        }
        Ok(ruling)
    }

    /// What holds it up first; every sort of block is asked for by itself too, because those of a job's scopes are
    /// looked at sort by sort.
    pub(crate) fn block(&self, now: Timestamp) -> Option<Block> {
        self.paused().or_else(|| self.full()).or_else(|| self.rate_used_up(now))
    }

    pub(crate) fn paused(&self) -> Option<Block> {
        self.pause.as_ref().map(|pause| Block::Paused { until: pause.until })
    }

    pub(crate) fn full(&self) -> Option<Block> {
        let concurrency = self.limit?.concurrency?;
        (self.taken >= concurrency.get()).then_some(Block::Full)
    }

    pub(crate) fn rate_used_up(&self, now: Timestamp) -> Option<Block> {
        let rate = self.limit?.rate?;
        let until = instant_of(rate.opens_at(self.arrival));
        (rate.free(self.arrival, micros(now)) == 0).then_some(Block::RateUsedUp { until })
    }

    /// How many jobs may start now.
    pub(crate) fn free(&self, now: Timestamp) -> usize {
        if self.pause.is_some() {
            return 0;
        }
        let Some(limit) = self.limit else { return usize::MAX };
        let slots = limit.concurrency.map(|most| most.get().saturating_sub(self.taken));
        let starts = limit.rate.map(|rate| rate.free(self.arrival, micros(now)));
        let free = [slots, starts].into_iter().flatten().min();
        free.map_or(usize::MAX, |free| usize::try_from(free).unwrap_or(usize::MAX))
    }

    /// Counts a job that starts; answers whether it takes a slot.
    pub(crate) fn start(&mut self, now: Timestamp) -> bool {
        let Some(limit) = self.limit else { return false };
        if let Some(rate) = limit.rate {
            self.arrival = rate.after(self.arrival, micros(now), 1);
        }
        let takes_slot = limit.concurrency.is_some();
        self.taken += u32::from(takes_slot);
        takes_slot
    }

    /// When it lets one more start by itself, after `started` have been let go.
    pub(crate) fn opens_at_after(&self, started: usize, now: Timestamp) -> Option<Timestamp> {
        if let Some(block) = self.block(now) {
            return block.opens_at();
        }
        let started = u32::try_from(started).unwrap_or(u32::MAX);
        let rate = self.limit?.rate?;
        Some(instant_of(rate.opens_at(rate.after(self.arrival, micros(now), started))))
    }
}

/// The limit that holds for a scope: its own, or the one for each of its sort.
pub(crate) fn limit_of(
    connection: &Connection,
    queue: QueueNumber,
    scope: &Scope,
) -> Result<Option<Limit>, Fault> {
    const SQL: &str = "SELECT concurrency, starts, period, burst FROM limits WHERE queue = ?1 AND scope = ?2";
    let mut statement = connection.prepare_cached(SQL)?;
    let each = each_of(scope);
    for text in [Some(scope.to_string()), each.map(|each| each.to_string())].into_iter().flatten() {
        let found = statement.query_row(params![queue.get(), text], |row| Ok(read_limit(row))).optional()?;
        if let Some(limit) = found {
            return limit.map(Some);
        }
    }
    Ok(None)
}

/// The scope of the rule for each scope of this sort.
pub(crate) fn each_of(scope: &Scope) -> Option<LimitScope> {
    match scope {
        Scope::Queue | Scope::Kind(_) => None,
        Scope::Tenant(_) => Some(LimitScope::EachTenant),
        Scope::Key(key) => key.family()?.parse().ok().map(LimitScope::EachKeyOf),
    }
}

/// The scopes of a job in the order in which they are looked at.
pub(crate) fn scopes_of(
    tenant: &TenantId,
    kind: &KindName,
    key: Option<&LimitKey>,
) -> impl Iterator<Item = Scope> + use<> {
    let scopes = [Scope::Queue, Scope::Tenant(tenant.clone()), Scope::Kind(kind.clone())];
    scopes.into_iter().chain(key.cloned().map(Scope::Key))
}

fn pause(connection: &Connection, queue: QueueNumber, scope: &Scope) -> Result<Option<Paused>, Fault> {
    const SQL: &str = "SELECT scope, until, note FROM pauses WHERE queue = ?1 AND scope = ?2";
    let mut statement = connection.prepare_cached(SQL)?;
    let which = params![queue.get(), scope.to_string()];
    statement.query_row(which, |row| Ok(read_pause(row))).optional()?.transpose()
}

pub(crate) fn read_pause(row: &Row<'_>) -> Result<Paused, Fault> {
    let until = stored::instant_if_any(row, "until")?;
    Ok(Paused { scope: stored::name(row, "scope")?, until, note: row.get("note")? })
}

/// Whether a pause has not ended by itself.
pub(crate) fn is_in_force(pause: &Paused, now: Timestamp) -> bool {
    pause.until.is_none_or(|until| until > now)
}

pub(crate) fn read_limit(row: &Row<'_>) -> Result<Limit, Fault> {
    let number = |column| Ok::<_, Fault>(row.get::<_, Option<u32>>(column)?.and_then(NonZeroU32::new));
    let period = row.get::<_, Option<u64>>("period")?.map(Duration::from_millis);
    let rate = match (number("starts")?, period, number("burst")?) {
        (Some(count), Some(period), Some(burst)) => Some(Rate { count, period, burst }),
        _ => None,
    };
    Ok(Limit { concurrency: number("concurrency")?, rate })
}

/// An instant as rates count.
pub(crate) fn micros(instant: Timestamp) -> u64 {
    u64::try_from(instant.as_millis()).unwrap_or_default().saturating_mul(1_000)
}

/// The first millisecond in which an instant of a rate is over.
fn instant_of(micros: u64) -> Timestamp {
    Timestamp::from_millis(i64::try_from(micros.div_ceil(1_000)).unwrap_or(i64::MAX))
}
