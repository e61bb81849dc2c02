mod queue_row;
mod tally;
mod telling;

use std::collections::HashSet;

use rusqlite::{CachedStatement, Connection};
use windlass_shared::{QueueNumber, TenantId, Timestamp};

use self::queue_row::QueueRow;
use self::tally::Tally;
pub(crate) use self::telling::EVENT_BYTES;
use self::telling::Told;
use crate::fault::Fault;
use crate::verbs::promote::next_due;
use crate::verbs::{ready, wake};
use crate::wake::Signal;

/// One call's part in a transaction: where it writes, what time it is, and what must follow from it.
///
/// What jobs do to the counts and who has to be woken is collected while the call runs, and stored once at its end.
#[derive(Debug)]
pub(crate) struct Turn<'c> {
    connection: &'c Connection,
    now: Timestamp,
    tally: Tally,
    rows: Vec<QueueRow>,
    /// Whose place in the ring of a queue with rules may have changed.
    moved: HashSet<(QueueNumber, TenantId)>,
    news: Vec<News>,
    signals: Vec<Signal>,
    told: Vec<Told>,
}

/// What the armed workers of a queue may want to know.
#[derive(Debug)]
struct News {
    queue: QueueNumber,
    available: usize,
    earliest: Option<Timestamp>,
}

impl<'c> Turn<'c> {
    pub(crate) fn new(connection: &'c Connection, now: Timestamp) -> Self {
        Self {
            connection,
            now,
            tally: Tally::default(),
            rows: Vec::new(),
            moved: HashSet::new(),
            news: Vec::new(),
            signals: Vec::new(),
            told: Vec::new(),
        }
    }

    /// The statement, prepared once in the life of the connection.
    pub(crate) fn prepare(&self, sql: &'static str) -> Result<CachedStatement<'c>, Fault> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    /// Where questions can be asked, about what this transaction has changed too.
    pub(crate) fn connection(&self) -> &'c Connection {
        self.connection
    }

    /// The row that was inserted last.
    pub(crate) fn last_inserted(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// The instant of this call.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Notes that one more job of a tenant can be claimed.
    pub(crate) fn stands(&mut self, queue: QueueNumber, tenant: &TenantId) -> Result<(), Fault> {
        self.available(queue, 1);
        self.moves(queue, tenant)
    }

    /// Notes that a job of a tenant may have left its lane, or come to one.
    pub(crate) fn moves(&mut self, queue: QueueNumber, tenant: &TenantId) -> Result<(), Fault> {
        if self.is_ruled(queue)? {
            self.moved.insert((queue, tenant.clone()));
        }
        Ok(())
    }

    /// Notes that there are this many more jobs to claim.
    pub(crate) fn available(&mut self, queue: QueueNumber, jobs: usize) {
        self.news(queue).available += jobs;
    }

    /// Notes that so many of those need not be told of any more.
    pub(crate) fn withdraw(&mut self, queue: QueueNumber, jobs: usize) {
        let news = self.news(queue);
        news.available = news.available.saturating_sub(jobs);
    }

    /// Notes that a job waits for this instant.
    pub(crate) fn waits(&mut self, queue: QueueNumber, run_at: Timestamp) {
        let news = self.news(queue);
        news.earliest = Some(news.earliest.map_or(run_at, |earliest| earliest.min(run_at)));
    }

    /// Sends `signal` once this is committed.
    pub(crate) fn signal(&mut self, signal: Signal) {
        self.signals.push(signal);
    }

    /// Brings the rings up to what has been noted.
    pub(crate) fn store_rings(&mut self) -> Result<(), Fault> {
        for (queue, tenant) in std::mem::take(&mut self.moved) {
            // The last rule may have gone meanwhile.
            if self.is_ruled(queue)? {
                ready::refresh(self, queue, &tenant)?;
            }
        }
        Ok(())
    }

    /// Stores what was collected; answers what to send after the commit.
    pub(crate) fn finish(mut self) -> Result<Vec<Signal>, Fault> {
        self.store_tally()?;
        self.store_positions()?;
        self.store_rings()?;
        self.store_told()?;
        for News { queue, available, earliest } in std::mem::take(&mut self.news) {
            let is_earliest = match earliest {
                Some(earliest) => next_due(&mut self, queue)?.is_none_or(|next| earliest <= next),
                None => false,
            };
            wake::wake(&mut self, queue, available.max(usize::from(is_earliest)))?;
        }
        Ok(self.signals)
    }

    fn news(&mut self, queue: QueueNumber) -> &mut News {
        let index = self.news.iter().position(|news| news.queue == queue).unwrap_or_else(|| {
            self.news.push(News { queue, available: 0, earliest: None });
            self.news.len() - 1
        });
        &mut self.news[index]
    }
}
