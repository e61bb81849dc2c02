//! A job as it is stored: a header of fixed layout that scripts read by offset, then text of known lengths, then
//! the arguments to the end. All numbers are big-endian; instants are milliseconds since the epoch.
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 1 | version of the layout, 1 |
//! | 1 | 1 | state, [`JobState::code`] |
//! | 2 | 1 | priority |
//! | 3 | 1 | flags: 1 runs alone, 2 cancellation requested |
//! | 4 | 2 | attempts used |
//! | 6 | 2 | attempts at most |
//! | 8 | 1 | deaths |
//! | 9 | 1 | which of the last eight claims ended by their own worker, the newest in the lowest bit |
//! | 10 | 4 | claims so far |
//! | 14 | 8 | incarnation of the last worker |
//! | 22 | 6 | `created_at` |
//! | 28 | 6 | `run_at` |
//! | 34 | 6 | `attempted_at`, 0 for never |
//! | 40 | 6 | `finished_at`, 0 for not yet |
//! | 46 | 4 | time-out of an attempt, in milliseconds |
//! | 50 | 1 | bytes of the tenant |
//! | 51 | 1 | bytes of the kind |
//! | 52 | 2 | bytes of the tags, which are joined by commas |
//! | 54 | | tenant, kind, tags, arguments |

use std::time::Duration;

use bytes::Bytes;
use windlass_queue::{EngineError, NewJob};
use windlass_shared::{Incarnation, JobState, KindName, MaxAttempts, Priority, Tag, TenantId, Timestamp};

use crate::error::corrupt;

const VERSION: u8 = 1;
const HEADER_BYTES: usize = 54;
const ALONE: u8 = 1;
const CANCEL_REQUESTED: u8 = 2;

/// A stored job, taken apart.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) state: JobState,
    pub(crate) priority: Priority,
    pub(crate) alone: bool,
    pub(crate) cancel_requested: bool,
    pub(crate) attempt: u16,
    pub(crate) max_attempts: MaxAttempts,
    pub(crate) deaths: u8,
    pub(crate) claims: u32,
    pub(crate) worker: Incarnation,
    pub(crate) created_at: Timestamp,
    pub(crate) run_at: Timestamp,
    pub(crate) attempted_at: Option<Timestamp>,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) timeout: Duration,
    pub(crate) tenant: TenantId,
    pub(crate) kind: KindName,
    pub(crate) tags: Vec<Tag>,
    pub(crate) args: Bytes,
}

/// The record of a job that is about to be enqueued. The script fills in the state and the two instants that
/// depend on the server's clock.
pub(crate) fn encode(job: &NewJob) -> Vec<u8> {
    let tags = job.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(",");
    let (tenant, kind) = (job.tenant.as_str(), job.kind.as_str());
    let timeout = u32::try_from(job.timeout.as_millis()).unwrap_or(u32::MAX);
    let mut record =
        Vec::with_capacity(HEADER_BYTES + tenant.len() + kind.len() + tags.len() + job.args.len());
    record.extend([VERSION, 0, job.priority.get(), 0, 0, 0]);
    record.extend(job.max_attempts.get().to_be_bytes());
    // Deaths, ends, claims, worker, and the four instants.
    record.resize(46, 0);
    record.extend(timeout.to_be_bytes());
    // Names have at most 64 bytes and tags are bounded, so these lengths fit.
    record.extend([byte_len(tenant), byte_len(kind)]);
    record.extend(u16::try_from(tags.len()).unwrap_or(u16::MAX).to_be_bytes());
    record.extend(tenant.bytes().chain(kind.bytes()).chain(tags.bytes()));
    record.extend(&job.args);
    record
}

fn byte_len(name: &str) -> u8 {
    u8::try_from(name.len()).unwrap_or(u8::MAX)
}

/// Takes a record apart.
pub(crate) fn decode(record: &Bytes) -> Result<Record, EngineError> {
    let mut reader = Reader { rest: record };
    let version = reader.byte()?;
    if version != VERSION {
        return Err(corrupt(format!(
            "a job record of version {version}; this Windlass reads version {VERSION}"
        )));
    }
    let state = reader.byte()?;
    let state = JobState::from_code(state).ok_or_else(|| corrupt(format!("a job in state {state}")))?;
    let priority = Priority::new(reader.byte()?).map_err(|error| corrupt(error.to_string()))?;
    let flags = reader.byte()?;
    let attempt = reader.short()?;
    let max_attempts = MaxAttempts::new(reader.short()?).map_err(|error| corrupt(error.to_string()))?;
    let (deaths, _ends) = (reader.byte()?, reader.byte()?);
    let claims = reader.word()?;
    let worker = Incarnation::from_bytes(reader.array()?);
    let (created_at, run_at) = (reader.instant()?, reader.instant()?);
    let (attempted_at, finished_at) = (reader.instant()?, reader.instant()?);
    let timeout = Duration::from_millis(reader.word()?.into());
    let (tenant, kind, tags) = (reader.byte()?, reader.byte()?, reader.short()?);
    let tenant = reader.text(tenant.into())?.parse().map_err(|_| corrupt("a tenant that is none"))?;
    let kind = reader.text(kind.into())?.parse().map_err(|_| corrupt("a kind that is none"))?;
    let tags = reader.text(tags.into())?.split(',').filter(|tag| !tag.is_empty()).map(str::parse);
    let tags = tags.collect::<Result<_, _>>().map_err(|_| corrupt("a tag that is none"))?;
    Ok(Record {
        state,
        priority,
        alone: flags & ALONE != 0,
        cancel_requested: flags & CANCEL_REQUESTED != 0,
        attempt,
        max_attempts,
        deaths,
        claims,
        worker,
        created_at,
        run_at,
        attempted_at: Some(attempted_at).filter(|at| at.as_millis() > 0),
        finished_at: Some(finished_at).filter(|at| at.as_millis() > 0),
        timeout,
        tenant,
        kind,
        tags,
        args: record.slice(record.len() - reader.rest.len()..),
    })
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> Result<&'a [u8], EngineError> {
        let (taken, rest) =
            self.rest.split_at_checked(bytes).ok_or_else(|| corrupt("a job record that ends too early"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], EngineError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn byte(&mut self) -> Result<u8, EngineError> {
        self.array().map(|[byte]| byte)
    }

    fn short(&mut self) -> Result<u16, EngineError> {
        self.array().map(u16::from_be_bytes)
    }

    fn word(&mut self) -> Result<u32, EngineError> {
        self.array().map(u32::from_be_bytes)
    }

    fn instant(&mut self) -> Result<Timestamp, EngineError> {
        let mut millis = [0; 8];
        millis[2..].copy_from_slice(self.take(6)?);
        Ok(Timestamp::from_millis(i64::from_be_bytes(millis)))
    }

    fn text(&mut self, bytes: usize) -> Result<&'a str, EngineError> {
        std::str::from_utf8(self.take(bytes)?).map_err(|_| corrupt("a name that is no UTF-8"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_queue::When;
    use windlass_shared::{JobId, QueueNumber};

    fn job() -> NewJob {
        NewJob {
            id: JobId::new(Timestamp::from_millis(0), QueueNumber::new(1), 1),
            queue: "email".parse().unwrap(),
            kind: "email.send".parse().unwrap(),
            tenant: "acme".parse().unwrap(),
            priority: Priority::new(3).unwrap(),
            when: When::Now,
            max_attempts: MaxAttempts::new(4).unwrap(),
            timeout: Duration::from_secs(9),
            tags: vec!["a".parse().unwrap(), "b".parse().unwrap()],
            args: Bytes::from_static("{\"ü\":1}".as_bytes()),
            tombstone: None,
        }
    }

    fn stored(state: JobState) -> Bytes {
        let mut record = encode(&job());
        record[1] = state.code();
        record.into()
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let record = decode(&stored(JobState::Available)).unwrap();
        assert_eq!(
            (record.state, record.priority.get(), record.max_attempts.get()),
            (JobState::Available, 3, 4)
        );
        assert_eq!((record.tenant.as_str(), record.kind.as_str()), ("acme", "email.send"));
        assert_eq!(record.tags, job().tags);
        assert_eq!(record.args, job().args);
        assert_eq!((record.timeout, record.attempted_at), (Duration::from_secs(9), None));
    }

    #[test]
    fn every_cut_of_a_record_is_refused_and_none_panics() {
        let whole = stored(JobState::Available);
        let text_ends = whole.len() - job().args.len();
        for end in 0..text_ends {
            assert!(decode(&whole.slice(..end)).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let mut record = stored(JobState::Available).to_vec();
        record[0] = 9;
        assert!(decode(&record.into()).unwrap_err().to_string().contains("version 9"));
    }
}
