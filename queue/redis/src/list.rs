//! Listing walks over what a queue keeps anyway (its due jobs, lanes, suspects, claims, finished jobs); there is no
//! index for it, so it costs nothing where nobody lists.

use std::collections::HashMap;

use windlass_queue::{Cursor, EngineError, InspectJobs, JobFilter, Page};
use windlass_shared::{JobId, JobState, QueueName};

use crate::engine::RedisEngine;
use crate::error::corrupt;
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
    /// The lane with this key.
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

    /// The name by which shelves are ordered, so that a page starts at the right one although lanes came and went.
    fn label(&self) -> String {
        match self {
            Self::Due => "0".to_owned(),
            Self::Lane(key) => format!("1{key}"),
            Self::Suspects => "2".to_owned(),
            Self::Running => "3".to_owned(),
            Self::Finished(state) => format!("4{}", state.code()),
        }
    }

    fn key(&self, queue: &QueueName) -> String {
        match self {
            Self::Due => keys::of(queue, "due"),
            Self::Lane(key) => key.clone(),
            Self::Suspects => keys::of(queue, "suspects"),
            Self::Running => keys::of(queue, "running"),
            Self::Finished(state) => keys::finished(queue, *state),
        }
    }
}

/// Where a page starts: in which queue, on which of its shelves, after how many entries. Queue and shelf are named
/// rather than counted, because either may come and go between two pages.
#[derive(Debug, Clone, Default)]
struct Position {
    queue: String,
    shelf: String,
    offset: usize,
}

/// A page in the making.
struct Listing<'a> {
    engine: &'a RedisEngine,
    filter: &'a JobFilter,
    most: usize,
    looked_at: usize,
    page: Page,
}

pub(crate) async fn page(
    engine: &RedisEngine,
    filter: &JobFilter,
    after: Option<&Cursor>,
    most: usize,
) -> Result<Page, EngineError> {
    let queues = match &filter.queue {
        Some(queue) => vec![queue.clone()],
        None => engine.queues.all().await?,
    };
    let start = after.map_or(Ok(Position::default()), Position::read)?;
    let most = most.clamp(1, LARGEST_PAGE);
    let mut listing = Listing { engine, filter, most, looked_at: 0, page: Page::default() };
    for queue in queues.iter().filter(|queue| queue.as_str() >= start.queue.as_str()) {
        let from = if queue.as_str() == start.queue { start.clone() } else { Position::default() };
        listing.page.next = listing.queue(queue, &from).await?;
        if listing.page.next.is_some() {
            break;
        }
    }
    Ok(listing.page)
}

impl Listing<'_> {
    fn is_full(&self) -> bool {
        self.page.jobs.len() >= self.most || self.looked_at >= MOST_LOOKED_AT
    }

    /// Adds what a queue has from `start` on; answers where to go on, if that is within this queue.
    async fn queue(&mut self, queue: &QueueName, start: &Position) -> Result<Option<Cursor>, EngineError> {
        let shelves = shelves(self.engine, queue, self.filter).await?;
        for shelf in shelves.iter().filter(|shelf| shelf.label() >= start.shelf) {
            let mut offset = if shelf.label() == start.shelf { start.offset } else { 0 };
            while !self.is_full() {
                let wanted = self.most - self.page.jobs.len();
                let found = self.take(queue, shelf, offset, wanted).await?;
                offset += found;
                if found < wanted {
                    break;
                }
            }
            if self.is_full() {
                return Ok(Some(Position::write(queue, shelf, offset)));
            }
        }
        Ok(None)
    }

    async fn take(
        &mut self,
        queue: &QueueName,
        source: &Shelf,
        offset: usize,
        count: usize,
    ) -> Result<usize, EngineError> {
        let ids = entries(self.engine, queue, source, offset, count).await?;
        let jobs = self.engine.glance(queue, &ids).await?.into_iter().flatten();
        let filter = self.filter;
        self.page.jobs.extend(jobs.filter(|job| source.may_hold(job.state) && filter.admits(job)));
        self.looked_at += ids.len();
        Ok(ids.len())
    }
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
    shelves.sort_by_key(Shelf::label);
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
    let command = match shelf {
        Shelf::Lane(_) | Shelf::Suspects => "LRANGE",
        Shelf::Due | Shelf::Running | Shelf::Finished(_) => "ZRANGE",
    };
    let last = offset.saturating_add(count - 1);
    let mut range = redis::cmd(command);
    let found: Vec<Vec<u8>> = engine.link.command(range.arg(shelf.key(queue)).arg(offset).arg(last)).await?;
    found.iter().map(|entry| id_in(entry)).collect()
}

fn id_in(entry: &[u8]) -> Result<JobId, EngineError> {
    let id = if entry.len() == JobId::BYTES { entry } else { entry.get(ID_IN_MEMBER).unwrap_or_default() };
    let id = id.try_into().map_err(|_| corrupt("a job id of another length"))?;
    Ok(JobId::from_bytes(id))
}

impl Position {
    fn write(queue: &QueueName, shelf: &Shelf, offset: usize) -> Cursor {
        Cursor(format!("{queue}/{}/{offset}", shelf.label()))
    }

    fn read(cursor: &Cursor) -> Result<Self, EngineError> {
        let mut parts = cursor.0.split('/');
        match (parts.next(), parts.next(), parts.next().map(str::parse::<u32>), parts.next()) {
            (Some(queue), Some(shelf), Some(Ok(offset)), None) => {
                Ok(Self { queue: queue.to_owned(), shelf: shelf.to_owned(), offset: offset as usize })
            }
            _ => Err(EngineError::InvalidCursor),
        }
    }
}
