use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use windlass_shared::{JobState, QueueNumber, Timestamp};

use crate::fault::Fault;
use crate::verbs::wake;
use crate::wake::Signal;

/// One call's part in a transaction: where it writes, what time it is, and what must follow from it.
///
/// What jobs do to the counts and who has to be woken is collected while the call runs, and stored once at its end.
#[derive(Debug)]
pub(crate) struct Turn<'c> {
    connection: &'c Connection,
    now: Timestamp,
    counts: Vec<(QueueNumber, JobState, i64)>,
    news: Vec<News>,
    signals: Vec<Signal>,
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
        Self { connection, now, counts: Vec::new(), news: Vec::new(), signals: Vec::new() }
    }

    /// The statement, prepared once in the life of the connection.
    pub(crate) fn prepare(&self, sql: &'static str) -> Result<CachedStatement<'c>, Fault> {
        Ok(self.connection.prepare_cached(sql)?)
    }

    /// The row that was inserted last.
    pub(crate) fn last_inserted(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// The instant of this call.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Notes that a job went from one state to another; `None` for one that is new or gone.
    pub(crate) fn count(&mut self, queue: QueueNumber, from: Option<JobState>, to: Option<JobState>) {
        for (state, change) in [(from, -1), (to, 1)] {
            let Some(state) = state else { continue };
            match self.counts.iter_mut().find(|(q, s, _)| (*q, *s) == (queue, state)) {
                Some((_, _, jobs)) => *jobs += change,
                None => self.counts.push((queue, state, change)),
            }
        }
    }

    /// Notes that there are this many more jobs to claim.
    pub(crate) fn available(&mut self, queue: QueueNumber, jobs: usize) {
        self.news(queue).available += jobs;
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

    /// Stores what was collected; answers what to send after the commit.
    pub(crate) fn finish(mut self) -> Result<Vec<Signal>, Fault> {
        self.store_counts()?;
        for News { queue, available, earliest } in std::mem::take(&mut self.news) {
            let is_earliest = match earliest {
                Some(earliest) => next_due(&self, queue)?.is_none_or(|next| earliest <= next),
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

    fn store_counts(&mut self) -> Result<(), Fault> {
        const SQL: &str = "INSERT INTO counts (queue, state, jobs) VALUES (?1, ?2, ?3)
            ON CONFLICT DO UPDATE SET jobs = jobs + excluded.jobs";
        for (queue, state, change) in std::mem::take(&mut self.counts) {
            if change != 0 {
                self.prepare(SQL)?.execute(params![queue.get(), state.code(), change])?;
            }
        }
        Ok(())
    }
}

/// When the next waiting job of the queue is due.
pub(crate) fn next_due(turn: &Turn<'_>, queue: QueueNumber) -> Result<Option<Timestamp>, Fault> {
    const SQL: &str = "SELECT run_at FROM jobs WHERE queue = ?1 AND state = ?2 AND state IN (1, 5)
        ORDER BY run_at LIMIT 1";
    let mut statement = turn.prepare(SQL)?;
    let mut earliest = None;
    for state in [JobState::Scheduled, JobState::Retryable] {
        let next: Option<i64> =
            statement.query_row(params![queue.get(), state.code()], |row| row.get(0)).optional()?;
        earliest = [earliest, next].into_iter().flatten().min();
    }
    Ok(earliest.map(Timestamp::from_millis))
}
