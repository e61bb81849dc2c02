//! The recorder: what has happened to jobs goes into the history.

mod ends;
mod repair;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use windlass_queue::{Engine, EngineError, EventPosition, EventVerb, Job, JobEvent};
use windlass_shared::{Clock, JobId, QueueName};
use windlass_store::{Gap, History, JobEnd, Recorded, Recording, Step};

use crate::error::RelayError;
use crate::policy::{EndOfClaim, HistoryPolicies};

/// About how many events one transaction records.
const PAGE: usize = 500;
/// How many jobs are looked up together: each may have a log of a megabyte until its row is made.
const CHUNK: usize = 50;

/// Whether the arguments and results of jobs go into the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Payloads {
    /// They do, with the rows of final ends.
    #[default]
    Keep,
    /// They do not.
    Leave,
}

/// Follows the events of queues and writes the history.
///
/// How far it has come stands in the database and moves in the transaction that writes the rows, so nothing is recorded
/// twice and nothing is passed over, wherever it is stopped, and however many of them run. The engine keeps the events,
/// and the jobs that they are about, until this transaction has been committed, or until there are too many.
#[derive(Debug)]
pub struct Recorder {
    engine: Arc<dyn Engine>,
    history: History,
    clock: Arc<dyn Clock>,
    policies: HistoryPolicies,
    payloads: Payloads,
    /// Where each queue has been read to, as far as this recorder knows.
    places: HashMap<QueueName, Option<EventPosition>>,
}

/// What one step of the recorder did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordReport {
    /// How many events were read.
    pub events: usize,
    /// How many rows they have made.
    pub rows: u64,
    /// How many more events there are.
    pub behind: u64,
    /// How many events had been lost.
    pub missed: u64,
    /// Whether another recorder was faster; then nothing was written.
    pub overtaken: bool,
}

impl Recorder {
    /// A recorder of what happens in `engine`.
    pub fn new(engine: Arc<dyn Engine>, history: History, clock: Arc<dyn Clock>) -> Self {
        Self {
            engine,
            history,
            clock,
            policies: HistoryPolicies::default(),
            payloads: Payloads::default(),
            places: HashMap::new(),
        }
    }

    /// With these policies instead of recording everything of every kind.
    #[must_use]
    pub fn policies(self, policies: HistoryPolicies) -> Self {
        Self { policies, ..self }
    }

    /// With or without arguments and results.
    #[must_use]
    pub fn payloads(self, payloads: Payloads) -> Self {
        Self { payloads, ..self }
    }

    /// Records the next events of a queue.
    pub async fn run_once(&mut self, queue: &QueueName) -> Result<RecordReport, RelayError> {
        let place = self.place(queue).await?;
        let page = self.engine.events(queue, place.as_ref(), PAGE).await?;
        let is_news = page.position.is_some() && page.position != place;
        let Some(position) = page.position.clone().filter(|_| is_news) else {
            return Ok(RecordReport::default());
        };
        let (rows, gone) = self.rows(queue, &page.events).await?;
        // Jobs whose events wait are not pruned once somebody follows the events, so one that is gone was deleted, and is told
        // to be on a later page.
        let were_kept = place.is_some() && page.missed == 0 && !page.rolled_back;
        let missed = page.missed + if were_kept { 0 } else { gone };
        let recording = Recording {
            queue: queue.clone(),
            step: Step::Advance { from: place.map(|place| place.0), to: position.0.clone() },
            deleted: deleted(&page.events),
            gap: (missed > 0 || page.rolled_back).then(|| Gap { missed, at: self.clock.now() }),
            rows,
        };
        let (events, behind) = (page.events.len(), page.behind);
        let report = RecordReport { events, behind, missed, ..RecordReport::default() };
        match self.history.record(&recording, self.clock.now()).await? {
            Recorded::Recorded { new } => {
                tell_gap(queue, missed, page.rolled_back);
                // First, because it holds whether the engine answers or not: what is not forgotten now is forgotten with
                // the next page.
                self.places.insert(queue.clone(), Some(position.clone()));
                self.engine.forget_events(queue, &position).await?;
                Ok(RecordReport { rows: new, ..report })
            }
            Recorded::Overtaken { position } => {
                self.places.insert(queue.clone(), position.map(EventPosition));
                Ok(RecordReport { overtaken: true, ..report })
            }
        }
    }

    /// Where a queue has been read to. Whoever comes anew has the engine forget what was recorded before: a process that
    /// died in between has not.
    async fn place(&mut self, queue: &QueueName) -> Result<Option<EventPosition>, RelayError> {
        if let Some(place) = self.places.get(queue) {
            return Ok(place.clone());
        }
        let stored =
            self.history.position(queue).await?.and_then(|stored| stored.position).map(EventPosition);
        if let Some(stored) = &stored {
            self.engine.forget_events(queue, stored).await?;
        }
        self.places.insert(queue.clone(), stored.clone());
        Ok(stored)
    }

    /// The rows that the events come to, and how many events have none because their jobs are gone.
    async fn rows(&self, queue: &QueueName, events: &[JobEvent]) -> Result<(Vec<JobEnd>, u64), RelayError> {
        let (mut rows, mut gone) = (Vec::new(), 0);
        for chunk in self.wanted(events).chunks(CHUNK) {
            let jobs = self.jobs(queue, chunk).await?;
            for event in chunk {
                match jobs.get(&event.job) {
                    Some(job) => rows.extend(self.row(event, job)),
                    None => gone += 1,
                }
            }
        }
        Ok((rows, gone))
    }

    /// The events that may come to rows.
    fn wanted(&self, events: &[JobEvent]) -> Vec<JobEvent> {
        let deleted: HashSet<JobId> = deleted(events).into_iter().collect();
        let is_wanted = |event: &&JobEvent| {
            let end =
                ends::verb(event.verb).map(|verb| EndOfClaim { verb, had_failed: event.claim.get() > 1 });
            !deleted.contains(&event.job) && end.is_some_and(|end| self.policies.may_want(end))
        };
        events.iter().filter(is_wanted).copied().collect()
    }

    fn row(&self, event: &JobEvent, job: &Job) -> Option<JobEnd> {
        let end = ends::of_event(event, job, self.payloads)?;
        self.wants(&end, job).then_some(end)
    }

    fn wants(&self, end: &JobEnd, job: &Job) -> bool {
        let had_failed = !job.errors.is_empty() || job.deaths > 0;
        self.policies.of(&job.kind).wants(EndOfClaim { verb: end.verb, had_failed })
    }

    /// The jobs of these events. The log of a job is only read where it did not go well: that is when somebody looks.
    async fn jobs(&self, queue: &QueueName, events: &[JobEvent]) -> Result<HashMap<JobId, Job>, RelayError> {
        let failed = |event: &&JobEvent| {
            matches!(event.verb, EventVerb::Cancel | EventVerb::Discard | EventVerb::Expire)
        };
        let full: HashSet<JobId> = events.iter().filter(failed).map(|event| event.job).collect();
        let all: HashSet<JobId> = events.iter().map(|event| event.job).collect();
        let brief: Vec<JobId> = all.difference(&full).copied().collect();
        let mut found = self.engine.glance(queue, &brief).await?;
        found.extend(self.in_full(queue, &full.into_iter().collect::<Vec<_>>()).await?);
        Ok(found.into_iter().flatten().map(|job| (job.id, job)).collect())
    }

    /// Jobs with their logs; without, where one among them cannot be read, so that it keeps no other from being recorded.
    async fn in_full(&self, queue: &QueueName, jobs: &[JobId]) -> Result<Vec<Option<Job>>, EngineError> {
        match self.engine.get(jobs).await {
            Err(EngineError::Corrupt { .. }) => self.engine.glance(queue, jobs).await,
            found => found,
        }
    }
}

fn tell_gap(queue: &QueueName, missed: u64, rolled_back: bool) {
    if rolled_back {
        let about =
            "the engine has lost its last events after they had been recorded; retained jobs are compared";
        tracing::warn!(event = "history.rolled_back", %queue, about);
    }
    if missed > 0 {
        tracing::warn!(event = "history.gap", %queue, missed, "events were lost before they were recorded");
    }
}

fn deleted(events: &[JobEvent]) -> Vec<JobId> {
    events.iter().filter(|event| event.verb == EventVerb::Delete).map(|event| event.job).collect()
}
