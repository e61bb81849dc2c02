use std::time::Duration;

use bytes::Bytes;
use windlass_queue::{EngineError, Unique, UniqueKey, Until};
use windlass_shared::{BatchId, Incarnation, JobState, MaxAttempts, Priority, Timestamp};

use super::{ALONE, BATCH, CANCEL_REQUESTED, CHECKPOINT, EXPIRES, Options, Record, STEPS, UNIQUE, VERSION};
use crate::error::corrupt;

/// Takes a record apart.
pub(crate) fn decode(record: &Bytes) -> Result<Record, EngineError> {
    let mut reader = Reader { rest: record };
    let version = reader.byte()?;
    if version != VERSION {
        return Err(corrupt(format!(
            "a job record of version {version}; this Windlass reads version {VERSION}"
        )));
    }
    let (created_at, run_at) = (reader.instant()?, reader.instant()?);
    let state = reader.byte()?;
    let state = JobState::from_code(state).ok_or_else(|| corrupt(format!("a job in state {state}")))?;
    let (flags, _ends, parts) = (reader.byte()?, reader.byte()?, reader.byte()?);
    let finished_at = reader.instant()?;
    let (deaths, attempt, claims) = (reader.byte()?, reader.short()?, reader.word()?);
    let worker = Incarnation::from_bytes(reader.array()?);
    let attempted_at = reader.instant()?;
    let (_placement, features) = (reader.byte()?, reader.byte()?);
    let priority = Priority::new(reader.byte()?).map_err(|error| corrupt(error.to_string()))?;
    let max_attempts = MaxAttempts::new(reader.short()?).map_err(|error| corrupt(error.to_string()))?;
    let timeout = Duration::from_millis(reader.word()?.into());
    let (tenant, kind, tags) = (reader.byte()?, reader.byte()?, reader.short()?);
    let (key, options) = (reader.byte()?, reader.short()?);
    let unique = if features & UNIQUE != 0 { Some(reader.unique()?) } else { None };
    let batch = if features & BATCH != 0 { Some(BatchId::from_bytes(reader.array()?)) } else { None };
    let expires_at = if features & EXPIRES != 0 { Some(reader.instant()?) } else { None };
    let tenant = reader.text(tenant.into())?.parse().map_err(|_| corrupt("a tenant that is none"))?;
    let kind = reader.text(kind.into())?.parse().map_err(|_| corrupt("a kind that is none"))?;
    let limit_key = Some(reader.text(key.into())?).filter(|key| !key.is_empty()).map(str::parse);
    let limit_key = limit_key.transpose().map_err(|_| corrupt("a limit key that is none"))?;
    let Options { backoff, on_conflict } = reader.options(options.into())?;
    let tags = reader.text(tags.into())?.split(',').filter(|tag| !tag.is_empty()).map(str::parse);
    let tags = tags.collect::<Result<_, _>>().map_err(|_| corrupt("a tag that is none"))?;
    Ok(Record {
        state,
        priority,
        alone: flags & ALONE != 0,
        cancel_requested: flags & CANCEL_REQUESTED != 0,
        has_records: parts & (STEPS | CHECKPOINT) != 0,
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
        unique: unique.map(|(key, until)| Unique {
            key,
            until,
            on_conflict: on_conflict.unwrap_or_default(),
        }),
        batch,
        expires_at: expires_at.filter(|at| at.as_millis() > 0),
        tenant,
        kind,
        limit_key,
        backoff,
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

    /// Six bytes.
    fn millis(&mut self) -> Result<u64, EngineError> {
        let mut millis = [0; 8];
        millis[2..].copy_from_slice(self.take(6)?);
        Ok(u64::from_be_bytes(millis))
    }

    fn instant(&mut self) -> Result<Timestamp, EngineError> {
        let millis = self.millis()?;
        Ok(Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)))
    }

    fn unique(&mut self) -> Result<(UniqueKey, Until), EngineError> {
        let (key, until, period) = (UniqueKey(self.array()?), self.byte()?, self.millis()?);
        let until = match until {
            1 => Until::Start,
            2 => Until::Finish,
            3 => Until::Period(Duration::from_millis(period)),
            other => return Err(corrupt(format!("a unique job of sort {other}"))),
        };
        Ok((key, until))
    }

    fn text(&mut self, bytes: usize) -> Result<&'a str, EngineError> {
        std::str::from_utf8(self.take(bytes)?).map_err(|_| corrupt("a name that is no UTF-8"))
    }

    fn options(&mut self, bytes: usize) -> Result<Options, EngineError> {
        match self.take(bytes)? {
            [] => Ok(Options::default()),
            options => serde_json::from_slice(options).map_err(|error| corrupt(error.to_string())),
        }
    }
}
