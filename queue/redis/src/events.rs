//! The events of a queue, read straight from its stream: `events.lua` says what stands in it, and what else is kept.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use bytes::Bytes;
use redis::Value;
use windlass_queue::{EngineError, EventPage, EventPosition, EventVerb, JobEvent, TellEvents};
use windlass_shared::{ClaimNumber, JobId, JobState, QueueName, Timestamp};

use crate::engine::RedisEngine;
use crate::error::corrupt;
use crate::keys;
use crate::scripts::{self, array, bytes, state};

/// How many entries of the stream are read at once; each may hold the events of a whole call.
const ENTRIES: usize = 64;
/// How long an event is in an entry.
const EVENT_BYTES: usize = 22;
/// How long an id is.
const ID_BYTES: usize = 16;

#[async_trait]
impl TellEvents for RedisEngine {
    async fn events(
        &self,
        queue: &QueueName,
        after: Option<&EventPosition>,
        most: usize,
    ) -> Result<EventPage, EngineError> {
        let after = after.map(Position::read).transpose()?;
        let from = after.map_or_else(|| "-".to_owned(), |after| format!("({}", after.entry));
        let mut entries = self.entries(queue, &from, most).await?;
        let told: Option<u64> =
            self.link.command(redis::cmd("GET").arg(keys::of(queue, "events_told"))).await?;
        let told = told.unwrap_or_default();
        let seen = after.map_or(0, |after| after.number);
        if entries.is_empty() && told > seen {
            // Something was told between the two questions; or there are events which do not come after the position,
            // because the clock of the server has gone back with what it had told. The position still tells which of
            // them are new.
            entries = self.entries(queue, "-", most).await?;
            entries.retain(|entry| entry.position.number > seen);
        }
        Ok(page(after, entries, told))
    }

    async fn forget_events(&self, queue: &QueueName, up_to: &EventPosition) -> Result<(), EngineError> {
        let EntryId { time, number } = Position::read(up_to)?.entry;
        let next = EntryId { time, number: number.saturating_add(1) };
        let mut call = scripts::FORGET_EVENTS.on(&keys::prefix(queue), self.link.clock_offset());
        call.arg(next.to_string());
        let _forgotten: u8 = self.link.script(&call).await?;
        Ok(())
    }

    async fn bound_events(&self, queue: &QueueName, most: u64) -> Result<(), EngineError> {
        let mut set = redis::cmd("HSET");
        set.arg(keys::of(queue, "cfg")).arg("events_most").arg(most);
        self.link.command(&set).await
    }
}

impl RedisEngine {
    /// Entries with about `most` events.
    async fn entries(&self, queue: &QueueName, from: &str, most: usize) -> Result<Vec<Entry>, EngineError> {
        let (mut read, mut events, mut from) = (Vec::new(), 0, from.to_owned());
        loop {
            let mut range = redis::cmd("XRANGE");
            range.arg(keys::of(queue, "events")).arg(&from).arg("+").arg("COUNT").arg(ENTRIES);
            let found: Vec<(String, Value)> = self.link.command(&range).await?;
            let is_last = found.len() < ENTRIES;
            for (entry, fields) in found {
                let entry = Entry::read(&entry, fields)?;
                events += entry.events.len();
                from = format!("({}", entry.position.entry);
                read.push(entry);
                if events >= most {
                    return Ok(read);
                }
            }
            if is_last {
                return Ok(read);
            }
        }
    }
}

fn page(after: Option<Position>, entries: Vec<Entry>, told: u64) -> EventPage {
    let seen = after.map_or(0, |after| after.number);
    // Where nothing is left to read, the count tells what there has been.
    let before = entries.first().map_or(told, Entry::before);
    let last = entries.last().map(|entry| entry.position);
    let entry = after.map_or(EntryId::NONE, |after| after.entry);
    let nothing_left = Position { entry, number: told };
    let position = last.or((after.is_some() || told > 0).then_some(nothing_left));
    // The oldest may be dropped while they are read, so a hole may be in the midst of a page, too.
    let holes = entries.windows(2).map(|pair| pair[1].before().saturating_sub(pair[0].position.number));
    let missed = before.saturating_sub(seen) + holes.sum::<u64>();
    EventPage {
        events: entries.into_iter().flat_map(|entry| entry.events).collect(),
        position: position.map(|position| EventPosition(position.to_string())),
        missed,
        rolled_back: before < seen,
        behind: position.map_or(0, |position| told.saturating_sub(position.number)),
    }
}

/// An entry of the stream: what one call has told.
struct Entry {
    position: Position,
    events: Vec<JobEvent>,
}

impl Entry {
    fn read(entry: &str, fields: Value) -> Result<Self, EngineError> {
        let fields = Fields::of(fields)?;
        let at = Timestamp::from_millis(number(&fields.time)?);
        let told = pieces(&fields.events, EVENT_BYTES)?.map(|told| event(told, at));
        let completed = pieces(&fields.completed, ID_BYTES)?.map(|job| first_completed(job, at));
        let events = told.chain(completed).collect::<Result<_, _>>()?;
        let position = Position { entry: entry.parse()?, number: number(&fields.number)? };
        Ok(Self { position, events })
    }

    /// How many events there were before these.
    fn before(&self) -> u64 {
        self.position.number.saturating_sub(self.events.len() as u64)
    }
}

/// The fields of an entry.
#[derive(Default)]
struct Fields {
    number: Bytes,
    time: Bytes,
    events: Bytes,
    completed: Bytes,
}

impl Fields {
    fn of(stored: Value) -> Result<Self, EngineError> {
        let (mut fields, mut stored) = (Self::default(), array(stored)?.into_iter());
        while let (Some(name), Some(value)) = (stored.next(), stored.next()) {
            let value = bytes(value)?;
            match &*bytes(name)? {
                b"n" => fields.number = value,
                b"t" => fields.time = value,
                b"e" => fields.events = value,
                b"f" => fields.completed = value,
                // A later version may tell more.
                _ => {}
            }
        }
        Ok(fields)
    }
}

fn number<T: FromStr>(text: &[u8]) -> Result<T, EngineError> {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    number.ok_or_else(|| corrupt("an event without its number or time"))
}

fn pieces(value: &[u8], length: usize) -> Result<std::slice::ChunksExact<'_, u8>, EngineError> {
    let pieces = value.chunks_exact(length);
    if pieces.remainder().is_empty() { Ok(pieces) } else { Err(corrupt("half an event")) }
}

fn id(bytes: &[u8]) -> Result<JobId, EngineError> {
    let id = bytes.try_into().map_err(|_| corrupt("a job id of another length"))?;
    Ok(JobId::from_bytes(id))
}

/// An event as `EVENT` of the script lays it out; its time stands in the entry.
fn event(bytes: &[u8], at: Timestamp) -> Result<JobEvent, EngineError> {
    let &[verb, after, a, b, c, d, ref job @ ..] = bytes else { return Err(corrupt("half an event")) };
    Ok(JobEvent {
        job: id(job)?,
        claim: ClaimNumber::new(u32::from_be_bytes([a, b, c, d])),
        at,
        verb: EventVerb::from_code(verb)
            .ok_or_else(|| corrupt("an event that this version does not know"))?,
        state: if after == 0 { None } else { Some(state(after)?) },
    })
}

fn first_completed(job: &[u8], at: Timestamp) -> Result<JobEvent, EngineError> {
    let (verb, state) = (EventVerb::Complete, Some(JobState::Completed));
    Ok(JobEvent { job: id(job)?, claim: ClaimNumber::new(1), at, verb, state })
}

/// A place in the stream, written like `1700000000000-0/42`: the entry, and how many events there were up to its end. The
/// count shows what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    entry: EntryId,
    number: u64,
}

impl Position {
    fn read(position: &EventPosition) -> Result<Self, EngineError> {
        let parts = position.0.split_once('/').ok_or(EngineError::InvalidCursor)?;
        let number = parts.1.parse().map_err(|_| EngineError::InvalidCursor)?;
        let entry = parts.0.parse().map_err(|_| EngineError::InvalidCursor)?;
        Ok(Self { entry, number })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.entry, self.number)
    }
}

/// The id of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EntryId {
    time: u64,
    number: u64,
}

impl EntryId {
    /// Before every entry.
    const NONE: Self = Self { time: 0, number: 0 };
}

impl FromStr for EntryId {
    type Err = EngineError;

    fn from_str(text: &str) -> Result<Self, EngineError> {
        let parsed = text
            .split_once('-')
            .and_then(|(time, number)| Some(Self { time: time.parse().ok()?, number: number.parse().ok()? }));
        parsed.ok_or_else(|| corrupt("the id of an entry that is none"))
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.time, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64, events: u64) -> Entry {
        let event = JobEvent {
            job: JobId::from_bytes([7; 16]),
            claim: ClaimNumber::new(1),
            at: Timestamp::from_millis(0),
            verb: EventVerb::Complete,
            state: Some(JobState::Completed),
        };
        let events = (0..events).map(|_| event).collect();
        Entry { position: Position { entry: EntryId { time: number, number: 0 }, number }, events }
    }

    fn place(number: u64) -> Position {
        Position { entry: EntryId { time: number, number: 0 }, number }
    }

    #[test]
    fn what_is_missing_is_counted_before_and_within_a_page() {
        let whole = page(Some(place(10)), vec![entry(12, 2), entry(15, 3)], 20);
        assert_eq!((whole.missed, whole.behind, whole.rolled_back), (0, 5, false));
        let late = page(Some(place(10)), vec![entry(14, 2), entry(15, 1)], 15);
        assert_eq!(late.missed, 2);
        let torn = page(Some(place(10)), vec![entry(12, 2), entry(40, 3), entry(41, 1)], 41);
        assert_eq!(torn.missed, 25, "they were dropped while the page was read");
        let nothing = page(Some(place(10)), Vec::new(), 17);
        assert_eq!((nothing.missed, nothing.behind), (7, 0));
        let back = page(Some(place(30)), vec![entry(12, 2)], 12);
        assert_eq!((back.missed, back.rolled_back), (0, true));
    }

    #[test]
    fn a_position_is_read_as_it_was_written() {
        let position = EventPosition("1700000000000-7/42".to_owned());
        assert_eq!(Position::read(&position).unwrap().to_string(), position.0);
        for wrong in ["", "1-2", "/3", "1/2", "a-b/3", "1-2/x", "1-2/-3"] {
            assert!(Position::read(&EventPosition(wrong.to_owned())).is_err(), "{wrong:?}");
        }
    }
}
