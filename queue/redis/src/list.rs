//! Listing walks over what a queue keeps anyway (its due jobs, lanes, suspects, parked jobs, claims, finished jobs); there
//! is no index for it, so it costs nothing where nobody lists.

use windlass_queue::{Cursor, EngineError, InspectJobs, Job, JobFilter, Page};
use windlass_shared::QueueName;

use crate::engine::RedisEngine;
use crate::shelf::Shelf;

/// How many jobs a page may have.
const LARGEST_PAGE: usize = 1_000;
/// How many entries are looked at for one page before it is handed out as it is; a shelf counts as one too.
const MOST_LOOKED_AT: usize = 5_000;
/// How many entries are looked at together, however few are wanted: most of them may not match.
const PIECE: usize = 100;
/// Where a page starts: in which queue, on which of its shelves, after how many entries. Queue and shelf are named
/// rather than counted, because either may come and go between two pages.
#[derive(Debug, Clone, Default)]
struct Position {
    queue: String,
    shelf: String,
    offset: usize,
}

/// What was taken from a shelf at once.
struct Taken {
    places: usize,
    has_more: bool,
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
        let shelves = Shelf::all(self.engine, queue, self.filter).await?;
        for shelf in shelves.iter().filter(|shelf| shelf.label() >= start.shelf) {
            let mut offset = if shelf.label() == start.shelf { start.offset } else { 0 };
            let mut has_more = true;
            while has_more && !self.is_full() {
                let taken = self.take(queue, shelf, offset).await?;
                offset += taken.places;
                has_more = taken.has_more;
            }
            if self.is_full() {
                return Ok(Some(Position::write(queue, shelf, offset)));
            }
            self.looked_at += 1;
        }
        Ok(None)
    }

    /// Adds what stands on the next places of a shelf, up to the one that fills the page.
    async fn take(&mut self, queue: &QueueName, source: &Shelf, offset: usize) -> Result<Taken, EngineError> {
        let most = (self.most - self.page.jobs.len()).max(PIECE);
        let places = source.piece(self.engine, queue, offset, most).await?;
        let ids: Vec<_> = places.iter().flatten().copied().collect();
        let mut jobs = self.engine.glance(queue, &ids).await?.into_iter();
        let mut taken = Taken { places: 0, has_more: places.len() == most };
        for place in &places {
            if self.is_full() {
                break;
            }
            taken.places += 1;
            self.looked_at += 1;
            let job = if place.is_some() { jobs.next().flatten() } else { None };
            let matches = |job: &Job| source.may_hold(job.state) && self.filter.admits(job);
            self.page.jobs.extend(job.filter(matches));
        }
        Ok(taken)
    }
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
