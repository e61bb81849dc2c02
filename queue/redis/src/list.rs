//! Listing walks over what a queue keeps anyway (its due jobs, lanes, suspects, claims, finished jobs); there is no
//! index for it, so it costs nothing where nobody lists.

use std::collections::HashMap;

use windlass_queue::{Cursor, EngineError, JobFilter, Page};
use windlass_shared::{JobId, JobState, QueueName};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::inspect::Log;
use crate::keys;

/// How many jobs a page may have.
const LARGEST_PAGE: usize = 1_000;
/// How many entries are looked at for one page before it is handed out as it is.
const MOST_LOOKED_AT: usize = 5_000;
/// Where the id is in a member of `running`.
const ID_IN_MEMBER: std::ops::Range<usize> = 8..24;

/// One of the collections that hold a queue's jobs.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shelf {
    Due,
    Lane(String),
    Suspects,
    Running,
    Finished(JobState),
}

impl Shelf {
    /// Whether a job in `state` may stand here.
    fn may_hold(&self, state: JobState) -> bool {
        match self {
            Self::Due => matches!(state, JobState::Scheduled | JobState::Retryable | JobState::Pending),
            Self::Lane(_) | Self::Suspects => state == JobState::Available,
            Self::Running => state == JobState::Running,
            Self::Finished(kept) => state == *kept,
        }
    }
}

/// Where a page starts: in which queue, on which of its shelves, after how many entries.
#[derive(Debug, Clone, Copy, Default)]
struct Position {
    queue: usize,
    shelf: usize,
    offset: usize,
}

pub(crate) async fn page(
    engine: &RedisEngine,
    filter: &JobFilter,
    after: Option<&Cursor>,
    most: usize,
) -> Result<Page, EngineError> {
    let most = most.clamp(1, LARGEST_PAGE);
    let queues = match &filter.queue {
        Some(queue) => vec![queue.clone()],
        None => engine.queues.all().await?,
    };
    let mut at = after.map_or(Ok(Position::default()), Position::read)?;
    let mut page = Page::default();
    let mut looked_at = 0;
    while let Some(queue) = queues.get(at.queue) {
        let shelves = shelves(engine, queue, filter).await?;
        while let Some(shelf) = shelves.get(at.shelf) {
            if page.jobs.len() == most || looked_at >= MOST_LOOKED_AT {
                page.next = Some(at.write());
                return Ok(page);
            }
            let wanted = most - page.jobs.len();
            let ids = entries(engine, queue, shelf, at.offset, wanted).await?;
            looked_at += ids.len();
            let jobs = engine.read(queue, &ids, Log::Skip).await?.into_iter().flatten();
            page.jobs.extend(jobs.filter(|job| shelf.may_hold(job.state) && filter.admits(job)));
            at = if ids.len() < wanted { at.next_shelf() } else { at.further(ids.len()) };
        }
        at = at.next_queue();
    }
    Ok(page)
}

/// The keys of the lanes of a queue that may hold something, of one tenant or of all.
pub(crate) async fn lanes(
    engine: &RedisEngine,
    queue: &QueueName,
    tenant: Option<&str>,
) -> Result<Vec<String>, EngineError> {
    let ready: HashMap<String, u16> =
        engine.link.command(redis::cmd("HGETALL").arg(keys::of(queue, "ready"))).await?;
    let mut tenants: Vec<_> =
        ready.into_iter().filter(|(name, _)| tenant.is_none_or(|tenant| tenant == name)).collect();
    tenants.sort();
    let of_tenant = |(tenant, bits): (String, u16)| {
        let priorities = (0..10_u8).filter(move |priority| bits & (1 << priority) != 0);
        priorities.map(move |priority| keys::lane(queue, &tenant, priority))
    };
    Ok(tenants.into_iter().flat_map(of_tenant).collect())
}

async fn shelves(
    engine: &RedisEngine,
    queue: &QueueName,
    filter: &JobFilter,
) -> Result<Vec<Shelf>, EngineError> {
    let mut shelves = vec![Shelf::Due];
    if filter.state.is_none_or(|state| state == JobState::Available) {
        let tenant = filter.tenant.as_ref().map(AsRef::as_ref);
        shelves.extend(lanes(engine, queue, tenant).await?.into_iter().map(Shelf::Lane));
    }
    shelves.extend([Shelf::Suspects, Shelf::Running]);
    shelves.extend([JobState::Completed, JobState::Cancelled, JobState::Discarded].map(Shelf::Finished));
    shelves.retain(|shelf| filter.state.is_none_or(|state| shelf.may_hold(state)));
    Ok(shelves)
}

async fn entries(
    engine: &RedisEngine,
    queue: &QueueName,
    shelf: &Shelf,
    offset: usize,
    count: usize,
) -> Result<Vec<JobId>, EngineError> {
    let (command, key) = match shelf {
        Shelf::Due => ("ZRANGE", keys::of(queue, "due")),
        Shelf::Lane(key) => ("LRANGE", key.clone()),
        Shelf::Suspects => ("LRANGE", keys::of(queue, "suspects")),
        Shelf::Running => ("ZRANGE", keys::of(queue, "running")),
        Shelf::Finished(state) => ("ZRANGE", keys::finished(queue, *state)),
    };
    let last = offset + count - 1;
    let found: Vec<Vec<u8>> = engine.link.command(redis::cmd(command).arg(key).arg(offset).arg(last)).await?;
    found.iter().map(|entry| id_in(entry)).collect()
}

fn id_in(entry: &[u8]) -> Result<JobId, EngineError> {
    let id = if entry.len() == JobId::BYTES { entry } else { entry.get(ID_IN_MEMBER).unwrap_or_default() };
    let id = id.try_into().map_err(|_| corrupt("a job id of another length"))?;
    Ok(JobId::from_bytes(id))
}

impl Position {
    const fn further(self, entries: usize) -> Self {
        Self { offset: self.offset + entries, ..self }
    }

    const fn next_shelf(self) -> Self {
        Self { shelf: self.shelf + 1, offset: 0, ..self }
    }

    const fn next_queue(self) -> Self {
        Self { queue: self.queue + 1, shelf: 0, offset: 0 }
    }

    fn write(self) -> Cursor {
        Cursor(format!("{}.{}.{}", self.queue, self.shelf, self.offset))
    }

    fn read(cursor: &Cursor) -> Result<Self, EngineError> {
        let mut numbers = cursor.0.split('.').map(str::parse);
        match (numbers.next(), numbers.next(), numbers.next(), numbers.next()) {
            (Some(Ok(queue)), Some(Ok(shelf)), Some(Ok(offset)), None) => Ok(Self { queue, shelf, offset }),
            _ => Err(EngineError::InvalidCursor),
        }
    }
}
