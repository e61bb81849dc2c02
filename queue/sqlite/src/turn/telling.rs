use rusqlite::params;
use windlass_queue::{EventVerb, MOST_EVENTS};
use windlass_shared::{JobState, QueueNumber};

use super::Turn;
use crate::fault::Fault;
use crate::stored::limit;
use crate::verbs::standing::Standing;

/// How long an event is: verb, state, number of the claim, id.
pub(crate) const EVENT_BYTES: usize = 22;
/// From one look at how many events there are to the next one, counted in events.
const LOOK_EVERY: i64 = 256;

/// What a call tells of a queue's jobs.
#[derive(Debug)]
pub(super) struct Told {
    queue: QueueNumber,
    events: Vec<u8>,
}

impl Turn<'_> {
    /// Tells what has happened to a job, which is in this state now; `None` when it is gone.
    pub(crate) fn tell(&mut self, verb: EventVerb, job: &Standing, state: Option<JobState>) {
        let known = self.told.iter().position(|told| told.queue == job.queue);
        let index = known.unwrap_or_else(|| {
            self.told.push(Told { queue: job.queue, events: Vec::new() });
            self.told.len() - 1
        });
        let events = &mut self.told[index].events;
        events.extend([verb.code(), state.map_or(0, JobState::code)]);
        events.extend(job.claims.to_be_bytes());
        events.extend(job.id.as_bytes());
    }

    pub(super) fn store_told(&mut self) -> Result<(), Fault> {
        const COUNT: &str =
            "UPDATE queues SET events_told = events_told + ?2 WHERE number = ?1 RETURNING events_told";
        const STORE: &str = "INSERT INTO events (queue, last, at, told) VALUES (?1, ?2, ?3, ?4)";
        for Told { queue, events } in std::mem::take(&mut self.told) {
            let number = limit(events.len() / EVENT_BYTES);
            let last: i64 = self.prepare(COUNT)?.query_row(params![queue.get(), number], |row| row.get(0))?;
            self.prepare(STORE)?.execute(params![queue.get(), last, self.now().as_millis(), events])?;
            if last / LOOK_EVERY != (last - number) / LOOK_EVERY {
                self.drop_surplus(queue, last)?;
            }
        }
        Ok(())
    }

    /// Drops the oldest events when there are too many.
    fn drop_surplus(&self, queue: QueueNumber, last: i64) -> Result<(), Fault> {
        const SQL: &str = "DELETE FROM events WHERE queue = ?1
            AND last <= ?2 - coalesce((SELECT events_most FROM queues WHERE number = ?1), ?3)";
        let most = i64::try_from(MOST_EVENTS).unwrap_or(i64::MAX);
        self.prepare(SQL)?.execute(params![queue.get(), last, most])?;
        Ok(())
    }
}
