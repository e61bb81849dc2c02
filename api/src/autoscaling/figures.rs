use std::num::NonZeroU16;

use serde::Serialize;
use utoipa::ToSchema;
use windlass_queue::{Depth, Engine, EngineError, LimitScope, Load, Rules, Scope};
use windlass_shared::{QueueName, TenantId, Timestamp};

use super::pace::{Paces, ratio};
use crate::openapi::shapes;

/// What an engine tells of a queue.
#[derive(Debug)]
struct Seen {
    depth: Depth,
    load: Load,
    rules: Rules,
    workers: u64,
}

/// What is asked about a queue.
#[derive(Debug)]
pub(super) struct Asked {
    /// How many jobs one worker runs at the same time.
    pub(super) slots: NonZeroU16,
    /// Whose share is asked about too.
    pub(super) tenant: Option<TenantId>,
    /// What time it is.
    pub(super) now: Timestamp,
}

/// How busy a queue is; all of it flat numbers, for autoscalers that read one field.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Figures {
    #[schema(value_type = shapes::QueueName)]
    queue: QueueName,
    /// The organization whose share is told in `tenant_unfinished` and `oldest_s`, where one was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::TenantId>)]
    tenant: Option<TenantId>,
    /// How many jobs of it have not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_unfinished: Option<u64>,
    /// Jobs that could start now if a worker had a slot for them, those whose time has come among them.
    backlog: u64,
    /// For how many seconds the job has been waiting that waits for longest, among the first of each priority of 100
    /// organizations at the least; 0 where none waits. What a rule holds up does not count.
    #[schema(minimum = 0)]
    oldest_s: f64,
    /// Jobs that wait for a rule to lift: a pause, a limit. More workers do not help them.
    parked: u64,
    /// Jobs whose time is ahead, those that wait for their next attempt among them.
    scheduled: u64,
    /// Jobs that run.
    running: u64,
    /// Workers that live.
    workers: u64,
    /// How many jobs those can run at the same time: `workers` times `slots`.
    capacity: u64,
    /// How much of the capacity is in use: 0 to 1, and 0 where there is none.
    #[schema(minimum = 0, maximum = 1)]
    utilisation: f64,
    /// In how many seconds all jobs of the queue have ended, at the pace that was seen by this process in the last five
    /// minutes; `null` while that is not known, or where the queue does not shrink.
    #[schema(required, minimum = 0)]
    drain_s: Option<f64>,
    /// How many workers would run all that can run, at `slots` each.
    suggested_workers: u64,
}

impl Figures {
    /// Asks the engine for what it counts anyway.
    pub(super) async fn of(
        engine: &dyn Engine,
        queue: QueueName,
        asked: &Asked,
        paces: &Paces,
    ) -> Result<Self, EngineError> {
        let depth = engine.depth(&queue).await?;
        let load = engine.load(&queue, asked.tenant.as_ref()).await?;
        let rules = engine.rules(&queue).await?;
        let workers = engine.workers(&queue).await?.len();
        let workers = u64::try_from(workers).unwrap_or(u64::MAX);
        let drain_s = paces.drain(&queue, depth.unfinished());
        let figures = Self::from_parts(queue, &Seen { depth, load, rules, workers }, asked.slots);
        let oldest_s = load.oldest.map_or(0.0, |since| asked.now.since(since).as_secs_f64());
        let tenant = asked.tenant.clone();
        Ok(Self { drain_s, oldest_s, tenant, tenant_unfinished: load.of_tenant, ..figures })
    }

    fn from_parts(queue: QueueName, seen: &Seen, slots: NonZeroU16) -> Self {
        let Seen { depth, load, rules, workers } = seen;
        let workers = *workers;
        let slots = u64::from(slots.get());
        let capacity = workers.saturating_mul(slots);
        let paused = rules.pauses.iter().any(|pause| pause.scope == Scope::Queue);
        let parked = if paused { depth.available } else { parked(rules).min(depth.available) };
        // What is due becomes available when a worker looks, unless the queue is paused.
        let due = if paused { 0 } else { load.due };
        let backlog = depth.available - parked + due;
        let useful =
            (backlog + depth.running).min(most_at_a_time(rules).unwrap_or(u64::MAX).max(depth.running));
        Self {
            queue,
            tenant: None,
            tenant_unfinished: None,
            backlog,
            oldest_s: 0.0,
            parked,
            scheduled: (depth.scheduled + depth.retryable).saturating_sub(due),
            running: depth.running,
            workers,
            capacity,
            utilisation: if capacity == 0 { 0.0 } else { ratio(depth.running, capacity).min(1.0) },
            drain_s: None,
            suggested_workers: useful.div_ceil(slots),
        }
    }

    pub(super) fn add_to(&self, total: &mut Total) {
        total.backlog += self.backlog;
        total.running += self.running;
        total.suggested_workers += self.suggested_workers;
    }
}

/// What rules hold up. What waits for a worker of its kind is not among it: a new worker may be that one.
fn parked(rules: &Rules) -> u64 {
    rules.parked.iter().filter(|parked| !parked.unserved).map(|parked| parked.jobs).sum()
}

fn most_at_a_time(rules: &Rules) -> Option<u64> {
    let whole = rules.limits.iter().find(|(scope, _)| *scope == LimitScope::One(Scope::Queue));
    whole.and_then(|(_, limit)| limit.concurrency).map(|most| most.get().into())
}

/// The sums over all queues. Workers are not summed up, because one may serve many.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(super) struct Total {
    backlog: u64,
    running: u64,
    /// Of each queue, as if no worker served two.
    suggested_workers: u64,
}

#[cfg(test)]
mod tests {
    use windlass_queue::{Limit, Parked, Paused};

    use super::*;

    fn figures(depth: Depth, rules: &Rules, workers: u64) -> Figures {
        loaded(depth, Load::default(), rules, workers)
    }

    fn loaded(depth: Depth, load: Load, rules: &Rules, workers: u64) -> Figures {
        let slots = NonZeroU16::new(20).unwrap();
        let seen = Seen { depth, load, rules: rules.clone(), workers };
        Figures::from_parts("email".parse().unwrap(), &seen, slots)
    }

    fn busy() -> Depth {
        Depth { available: 90, running: 15, scheduled: 3, retryable: 4, completed: 1_000, ..Depth::default() }
    }

    #[test]
    fn what_waits_and_what_runs_is_spread_over_workers() {
        let figures = figures(busy(), &Rules::default(), 1);
        assert_eq!((figures.backlog, figures.running, figures.scheduled, figures.parked), (90, 15, 7, 0));
        assert_eq!((figures.capacity, figures.suggested_workers), (20, 6));
        assert!((figures.utilisation - 0.75).abs() < f64::EPSILON);
    }

    #[test]
    fn what_is_due_waits_for_a_worker_although_nobody_has_promoted_it() {
        let load = Load { due: 5, ..Load::default() };
        let due = loaded(busy(), load, &Rules::default(), 0);
        assert_eq!((due.backlog, due.scheduled, due.suggested_workers), (95, 2, 6));
        let pause = Paused { scope: Scope::Queue, until: None, note: None };
        let paused = loaded(busy(), load, &Rules { pauses: vec![pause], ..Rules::default() }, 0);
        assert_eq!((paused.backlog, paused.scheduled), (0, 7));
    }

    #[test]
    fn a_queue_without_workers_uses_nothing_and_one_without_jobs_needs_nobody() {
        let idle = figures(Depth::default(), &Rules::default(), 0);
        assert_eq!((idle.capacity, idle.suggested_workers), (0, 0));
        assert!(idle.utilisation.abs() < f64::EPSILON);
    }

    #[test]
    fn what_no_worker_could_start_asks_for_none() {
        let pause = Paused { scope: Scope::Queue, until: None, note: None };
        let paused = figures(busy(), &Rules { pauses: vec![pause], ..Rules::default() }, 1);
        assert_eq!((paused.backlog, paused.parked, paused.suggested_workers), (0, 90, 1));

        let held = Parked { scope: "kind:email.send".parse().unwrap(), unserved: false, jobs: 80 };
        let unserved = Parked { scope: "kind:email.other".parse().unwrap(), unserved: true, jobs: 5 };
        let held = figures(busy(), &Rules { parked: vec![held, unserved], ..Rules::default() }, 1);
        assert_eq!((held.backlog, held.parked, held.suggested_workers), (10, 80, 2));

        let limit = Limit { concurrency: std::num::NonZeroU32::new(30), rate: None };
        let limited = Rules { limits: vec![(Scope::Queue.into(), limit)], ..Rules::default() };
        assert_eq!(figures(busy(), &limited, 1).suggested_workers, 2);
    }
}
