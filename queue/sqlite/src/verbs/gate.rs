//! What the rules let through during one claim.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::params;
use windlass_queue::Scope;
use windlass_shared::{KindName, LimitKey, QueueNumber, TenantId, Timestamp};

use super::lifts;
use super::slots::Slots;
use crate::fault::Fault;
use crate::ruling::{Ruling, scopes_of};
use crate::turn::Turn;

/// The rules of a queue as far as a claim has met them, and what it has used up of them.
#[derive(Debug)]
pub(super) struct Gate {
    queue: QueueNumber,
    now: Timestamp,
    is_ruled: bool,
    met: HashMap<Scope, Met>,
}

#[derive(Debug)]
struct Met {
    ruling: Ruling,
    /// Whether what is stored of it has to change.
    is_used: bool,
    /// How many slots they have taken.
    slots: u32,
    /// Whether it is noted that the scope holds something up.
    holds: bool,
}

impl Gate {
    pub(super) fn of(turn: &mut Turn<'_>, queue: QueueNumber) -> Result<Self, Fault> {
        let is_ruled = turn.is_ruled(queue)?;
        Ok(Self { queue, now: turn.now(), is_ruled, met: HashMap::new() })
    }

    /// Whether there is any rule.
    pub(super) const fn is_ruled(&self) -> bool {
        self.is_ruled
    }

    /// How many jobs may start under a scope.
    pub(super) fn free(&mut self, turn: &Turn<'_>, scope: &Scope) -> Result<usize, Fault> {
        if !self.is_ruled {
            return Ok(usize::MAX);
        }
        let now = self.now;
        Ok(self.met(turn, scope)?.ruling.free(now))
    }

    /// Which scope of a job holds it up, those of its queue and its tenant aside. Noted as one that does.
    pub(super) fn blocks(
        &mut self,
        turn: &Turn<'_>,
        kind: &KindName,
        key: Option<&LimitKey>,
    ) -> Result<Option<Scope>, Fault> {
        if !self.is_ruled {
            return Ok(None);
        }
        let scopes: Vec<_> =
            [Scope::Kind(kind.clone())].into_iter().chain(key.cloned().map(Scope::Key)).collect();
        let now = self.now;
        let sorts = [
            |ruling: &Ruling, _: Timestamp| ruling.paused(),
            |ruling: &Ruling, _: Timestamp| ruling.full(),
            |ruling: &Ruling, now: Timestamp| ruling.rate_used_up(now),
        ];
        for blocks in sorts {
            for scope in &scopes {
                if blocks(&self.met(turn, scope)?.ruling, now).is_some() {
                    self.hold(turn, scope)?;
                    return Ok(Some(scope.clone()));
                }
            }
        }
        Ok(None)
    }

    /// Notes that a scope holds something up.
    pub(super) fn hold(&mut self, turn: &Turn<'_>, scope: &Scope) -> Result<(), Fault> {
        let (queue, now) = (self.queue, self.now);
        let met = self.met(turn, scope)?;
        if !met.holds {
            met.holds = true;
            lifts::hold(turn, queue, scope, met.ruling.opens_at_after(0, now))?;
        }
        Ok(())
    }

    /// Takes a tenant that may start nothing now out of the round of turns.
    pub(super) fn bench(&mut self, turn: &Turn<'_>, tenant: &TenantId) -> Result<(), Fault> {
        let (queue, now) = (self.queue, self.now);
        let ruling = &self.met(turn, &Scope::Tenant(tenant.clone()))?.ruling;
        lifts::bench(turn, queue, tenant, ruling.opens_at_after(0, now))
    }

    /// Lets a job start: takes its slots and its part of the rates.
    pub(super) fn start(
        &mut self,
        turn: &Turn<'_>,
        tenant: &TenantId,
        kind: &KindName,
        key: Option<&LimitKey>,
    ) -> Result<Slots, Fault> {
        let mut slots = Slots::default();
        if !self.is_ruled {
            return Ok(slots);
        }
        let now = self.now;
        for scope in scopes_of(tenant, kind, key) {
            let met = self.met(turn, &scope)?;
            met.is_used = true;
            if met.ruling.start(now) {
                met.slots += 1;
                slots = slots.with(&scope);
            }
        }
        Ok(slots)
    }

    /// Stores what was used up.
    pub(super) fn store(&self, turn: &Turn<'_>) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO scopes (queue, scope, taken, arrival) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT DO UPDATE SET taken = taken + excluded.taken, arrival = excluded.arrival";
        let used = self.met.iter().filter(|(_, met)| met.is_used && met.ruling.limit.is_some());
        for (scope, Met { ruling, slots, .. }) in used {
            let arrival = i64::try_from(ruling.arrival).unwrap_or(i64::MAX);
            turn.prepare(SQL)?.execute(params![self.queue.get(), scope.to_string(), slots, arrival])?;
        }
        Ok(())
    }

    fn met(&mut self, turn: &Turn<'_>, scope: &Scope) -> Result<&mut Met, Fault> {
        match self.met.entry(scope.clone()) {
            Entry::Occupied(met) => Ok(met.into_mut()),
            Entry::Vacant(unmet) => {
                let ruling = Ruling::of(turn.connection(), self.queue, scope, self.now)?;
                Ok(unmet.insert(Met { is_used: ruling.is_ahead, ruling, slots: 0, holds: false }))
            }
        }
    }
}
