use std::collections::HashMap;

use rusqlite::params;
use windlass_shared::{JobState, QueueNumber, TenantId};

use super::Turn;
use crate::fault::Fault;

/// What a call does to the counts.
#[derive(Debug, Default)]
pub(super) struct Tally {
    states: Vec<(QueueNumber, JobState, i64)>,
    unfinished: HashMap<(QueueNumber, TenantId), i64>,
}

impl Turn<'_> {
    /// Notes that a job went from one state to another; `None` for one that is new or gone.
    pub(crate) fn count(&mut self, queue: QueueNumber, from: Option<JobState>, to: Option<JobState>) {
        for (state, change) in [(from, -1), (to, 1)] {
            let Some(state) = state else { continue };
            match self.tally.states.iter_mut().find(|(q, s, _)| (*q, *s) == (queue, state)) {
                Some((_, _, jobs)) => *jobs += change,
                None => self.tally.states.push((queue, state, change)),
            }
        }
    }

    /// Notes that a tenant has this many more jobs that are not finished.
    pub(crate) fn count_unfinished(&mut self, queue: QueueNumber, tenant: &TenantId, jobs: i64) {
        *self.tally.unfinished.entry((queue, tenant.clone())).or_default() += jobs;
    }

    /// How many jobs of the queue are not finished, with those of this call.
    pub(crate) fn unfinished(&self, queue: QueueNumber) -> Result<u64, Fault> {
        const SQL: &str = "SELECT coalesce(sum(jobs), 0) FROM counts WHERE queue = ?1 AND state < 6";
        let stored: i64 = self.prepare(SQL)?.query_row([queue.get()], |row| row.get(0))?;
        let here = self.tally.states.iter().filter(|(q, state, _)| *q == queue && !state.is_final());
        Ok(not_negative(stored + here.map(|(_, _, jobs)| jobs).sum::<i64>()))
    }

    /// How many jobs of a tenant are not finished, with those of this call.
    pub(crate) fn unfinished_of(&self, queue: QueueNumber, tenant: &TenantId) -> Result<u64, Fault> {
        const SQL: &str = "SELECT coalesce(sum(jobs), 0) FROM tenant_counts WHERE queue = ?1 AND tenant = ?2";
        let stored: i64 =
            self.prepare(SQL)?.query_row(params![queue.get(), tenant.as_str()], |row| row.get(0))?;
        let here = self.tally.unfinished.get(&(queue, tenant.clone())).copied().unwrap_or_default();
        Ok(not_negative(stored + here))
    }

    pub(super) fn store_tally(&mut self) -> Result<(), Fault> {
        let Tally { states, unfinished } = std::mem::take(&mut self.tally);
        for (queue, state, change) in states.into_iter().filter(|(_, _, change)| *change != 0) {
            self.store_count(queue, state, change)?;
        }
        for ((queue, tenant), change) in unfinished.into_iter().filter(|(_, change)| *change != 0) {
            self.store_unfinished(queue, &tenant, change)?;
        }
        Ok(())
    }

    fn store_count(&self, queue: QueueNumber, state: JobState, change: i64) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO counts (queue, state, jobs) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs";
        self.prepare(SQL)?.execute(params![queue.get(), state.code(), change])?;
        Ok(())
    }

    /// A tenant that has none any more leaves no row.
    fn store_unfinished(&self, queue: QueueNumber, tenant: &TenantId, change: i64) -> Result<(), Fault> {
        const ADD: &str = "INSERT INTO tenant_counts (queue, tenant, jobs) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs RETURNING jobs";
        const FORGET: &str = "DELETE FROM tenant_counts WHERE queue = ?1 AND tenant = ?2";
        let which = params![queue.get(), tenant.as_str(), change];
        let jobs: i64 = self.prepare(ADD)?.query_row(which, |row| row.get(0))?;
        if jobs == 0 {
            self.prepare(FORGET)?.execute(params![queue.get(), tenant.as_str()])?;
        }
        Ok(())
    }
}

fn not_negative(jobs: i64) -> u64 {
    u64::try_from(jobs).unwrap_or_default()
}
