use std::collections::BTreeMap;

use windlass_queue::{EngineError, JobFilter};
use windlass_shared::{JobId, JobState, QueueName};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::keys;
use crate::scripts::{self, array, optional_bytes};

/// Where the id is in a member of `running`.
const ID_IN_MEMBER: std::ops::Range<usize> = 8..24;
/// How many tenants one call reads.
const TENANTS: usize = 500;

/// One of the collections that hold a queue's jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shelf {
    Due,
    /// One of the two lists of a lane, by its name.
    Lane(String),
    Suspects,
    /// A list of jobs that wait for a rule to lift or for a worker that serves them, by its name.
    Parked(String),
    Running,
    Finished(JobState),
}

/// What was found on places of a shelf that are neighbours; some may be void.
pub(crate) type Places = Vec<Option<JobId>>;

impl Shelf {
    /// The shelves of a queue on which something may stand that matches, in the order of their labels.
    pub(crate) async fn all(
        engine: &RedisEngine,
        queue: &QueueName,
        filter: &JobFilter,
    ) -> Result<Vec<Self>, EngineError> {
        let mut shelves = vec![Self::Due, Self::Suspects, Self::Running];
        shelves.extend([JobState::Completed, JobState::Cancelled, JobState::Discarded].map(Self::Finished));
        if filter.state.is_none_or(|state| state == JobState::Available) {
            let tenant = filter.tenant.as_ref().map(AsRef::as_ref);
            shelves.extend(lanes(engine, queue, tenant).await?.into_iter().map(Self::Lane));
            for (what, prefix) in [("parkings", "parked"), ("unserved", "unserved")] {
                let names = engine.in_force(queue, what).await?;
                // A tenant out of the round may have no such list.
                let filled = names.iter().filter(|(_, waiting)| waiting != "0");
                shelves.extend(filled.map(|(name, _)| Self::Parked(format!("{prefix}:{name}"))));
            }
        }
        shelves.sort_by_key(Self::label);
        shelves.retain(|shelf| filter.state.is_none_or(|state| shelf.may_hold(state)));
        Ok(shelves)
    }

    /// Whether a job in `state` may stand here.
    pub(crate) fn may_hold(&self, state: JobState) -> bool {
        match self {
            Self::Due => matches!(state, JobState::Scheduled | JobState::Retryable | JobState::Pending),
            Self::Lane(_) | Self::Suspects | Self::Parked(_) => state == JobState::Available,
            Self::Running => state == JobState::Running,
            Self::Finished(kept) => state == *kept,
        }
    }

    /// The name by which shelves are ordered, so that a page starts at the right one although lanes came and went.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Due => "0".to_owned(),
            Self::Lane(name) => format!("1{name}"),
            Self::Suspects => "2".to_owned(),
            Self::Parked(name) => format!("3{name}"),
            Self::Running => "4".to_owned(),
            Self::Finished(state) => format!("5{}", state.code()),
        }
    }

    /// What stands on the `count` places from `offset` on.
    pub(crate) async fn piece(
        &self,
        engine: &RedisEngine,
        queue: &QueueName,
        offset: usize,
        count: usize,
    ) -> Result<Places, EngineError> {
        let last = offset.saturating_add(count - 1);
        match self {
            Self::Due => sorted(engine, keys::of(queue, "due"), offset, last).await,
            Self::Running => sorted(engine, keys::of(queue, "running"), offset, last).await,
            Self::Finished(JobState::Completed) => entries(engine, queue, "completed", offset, last).await,
            Self::Finished(state) => sorted(engine, keys::finished(queue, *state), offset, last).await,
            Self::Suspects => entries(engine, queue, "suspects", offset, last).await,
            Self::Lane(name) | Self::Parked(name) => entries(engine, queue, name, offset, last).await,
        }
    }
}

/// The names of the lists of a queue's lanes that may hold something, of one tenant or of all.
async fn lanes(
    engine: &RedisEngine,
    queue: &QueueName,
    tenant: Option<&str>,
) -> Result<Vec<String>, EngineError> {
    let (mut ready, mut cursor) = (BTreeMap::<String, i64>::new(), 0_u64);
    loop {
        let mut scan = redis::cmd("HSCAN");
        scan.arg(keys::of(queue, "ready")).arg(cursor).arg("COUNT").arg(TENANTS);
        let (next, page): (u64, Vec<(String, i64)>) = engine.link.command(&scan).await?;
        ready.extend(page.into_iter().filter(|(name, _)| tenant.is_none_or(|tenant| tenant == name)));
        cursor = next;
        if cursor == 0 {
            break;
        }
    }
    let of_tenant = |(tenant, bits): (String, i64)| {
        // As lanes.lua has them: the lanes in the lowest bits, their fronts in the highest ones of 32.
        let lists = [("front", 22), ("lane", 0)].into_iter();
        lists.flat_map(move |(list, first)| {
            let priorities = (0..10).filter(move |priority| bits & (1 << (first + priority)) != 0);
            let tenant = tenant.clone();
            priorities.map(move |priority| format!("{list}:{tenant}:{priority}"))
        })
    };
    Ok(ready.into_iter().flat_map(of_tenant).collect())
}

async fn sorted(
    engine: &RedisEngine,
    key: String,
    offset: usize,
    last: usize,
) -> Result<Places, EngineError> {
    let mut range = redis::cmd("ZRANGE");
    let found: Vec<Vec<u8>> = engine.link.command(range.arg(key).arg(offset).arg(last)).await?;
    found.iter().map(|member| id_in(member).map(Some)).collect()
}

async fn entries(
    engine: &RedisEngine,
    queue: &QueueName,
    name: &str,
    offset: usize,
    last: usize,
) -> Result<Places, EngineError> {
    let mut call = scripts::SHELF.on(&keys::prefix(queue), engine.link.clock_offset());
    call.arg(name).arg(offset).arg(last);
    let answer = array(engine.link.script(&call).await?)?.into_iter();
    answer.map(|id| optional_bytes(id)?.map(|id| id_in(&id)).transpose()).collect()
}

fn id_in(entry: &[u8]) -> Result<JobId, EngineError> {
    let id = if entry.len() == JobId::BYTES { entry } else { entry.get(ID_IN_MEMBER).unwrap_or_default() };
    let id = id.try_into().map_err(|_| corrupt("a job id of another length"))?;
    Ok(JobId::from_bytes(id))
}
