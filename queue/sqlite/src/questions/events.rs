use rusqlite::{Connection, OptionalExtension, params};
use windlass_queue::{EventPage, EventPosition, EventVerb, JobEvent};
use windlass_shared::{ClaimNumber, JobId, JobState, QueueName, QueueNumber, Timestamp};

use crate::fault::Fault;
use crate::stored::instant;
use crate::turn::EVENT_BYTES;

/// A page of the events of a queue. A position is the number of the last event before it.
pub(crate) fn events(
    connection: &Connection,
    queue: &QueueName,
    after: Option<&EventPosition>,
    most: usize,
) -> Result<EventPage, Fault> {
    let after = after.map(number).transpose()?;
    let (seen, (number, told)) = (after.unwrap_or_default(), told(connection, queue)?);
    // Who has seen more than there is has seen what a restored file does not know.
    let rolled_back = told < seen;
    let page = read(connection, number, if rolled_back { told } else { seen }, most)?;
    let before = page.first.unwrap_or(told);
    let last = page.last.unwrap_or(told);
    Ok(EventPage {
        events: page.events,
        position: (after.is_some() || last > 0).then(|| EventPosition(last.to_string())),
        missed: before.saturating_sub(seen),
        rolled_back,
        behind: told.saturating_sub(last),
    })
}

/// The number that a position is.
pub(crate) fn number(position: &EventPosition) -> Result<u64, Fault> {
    position.0.parse().map_err(|_| Fault::InvalidCursor)
}

fn told(connection: &Connection, queue: &QueueName) -> Result<(QueueNumber, u64), Fault> {
    const SQL: &str = "SELECT number, events_told FROM queues WHERE name = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found = connection.prepare_cached(SQL)?.query_row([queue.as_str()], read).optional()?;
    Ok(found.map_or((QueueNumber::new(0), 0), |(number, told)| (QueueNumber::new(number), told)))
}

/// What was read of the events.
#[derive(Default)]
struct Read {
    events: Vec<JobEvent>,
    /// How many there were before the first.
    first: Option<u64>,
    /// The number of the last.
    last: Option<u64>,
}

fn read(connection: &Connection, queue: QueueNumber, after: u64, most: usize) -> Result<Read, Fault> {
    const SQL: &str = "SELECT last, at, told FROM events WHERE queue = ?1 AND last > ?2 ORDER BY last";
    let mut statement = connection.prepare_cached(SQL)?;
    let mut rows = statement.query(params![queue.get(), after])?;
    let mut read = Read::default();
    while let Some(row) = rows.next()? {
        let (last, at) = (row.get(0)?, instant(row, 1)?);
        let told = row.get_ref(2)?.as_blob().map_err(|error| Fault::Corrupt(error.to_string()))?;
        let count = (told.len() / EVENT_BYTES) as u64;
        read.first.get_or_insert(u64::saturating_sub(last, count));
        read.last = Some(last);
        for piece in told.chunks_exact(EVENT_BYTES) {
            read.events.push(event(piece, at)?);
        }
        if read.events.len() >= most {
            break;
        }
    }
    Ok(read)
}

fn event(piece: &[u8], at: Timestamp) -> Result<JobEvent, Fault> {
    let unknown = || Fault::Corrupt("an event that this version does not know".to_owned());
    let &[verb, state, a, b, c, d, ref job @ ..] = piece else { return Err(unknown()) };
    let state = if state == 0 { None } else { Some(JobState::from_code(state).ok_or_else(unknown)?) };
    Ok(JobEvent {
        job: JobId::from_bytes(job.try_into().map_err(|_| unknown())?),
        claim: ClaimNumber::new(u32::from_be_bytes([a, b, c, d])),
        at,
        verb: EventVerb::from_code(verb).ok_or_else(unknown)?,
        state,
    })
}
