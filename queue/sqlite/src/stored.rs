//! Between what SQLite stores and what the contract speaks of.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Row, RowIndex};
use windlass_queue::{ErrorReason, SUSPECT_AFTER_DEATHS};
use windlass_shared::{
    Claim, ClaimNumber, Incarnation, JobId, JobState, LeaseToken, MaxAttempts, Priority, QueueNumber, Tag,
    Timestamp,
};

use crate::fault::Fault;

/// The place of an available job: in its lane.
pub(crate) const LANE: u8 = 0;
/// The place of an available job: among those that must run alone.
pub(crate) const SUSPECTS: u8 = 1;

/// A column, by its name or its number. A name is looked for among those of all columns of the row, each time; what is read
/// for every claim and every settlement goes by numbers.
pub(crate) trait Column: RowIndex + Copy + Display {}

impl<T: RowIndex + Copy + Display> Column for T {}

/// Where a job goes that becomes available after so many deaths.
pub(crate) const fn place_after(deaths: u8) -> u8 {
    if deaths >= SUSPECT_AFTER_DEATHS { SUSPECTS } else { LANE }
}

pub(crate) fn id(row: &Row<'_>, column: impl Column) -> Result<JobId, Fault> {
    Ok(JobId::from_bytes(row.get(column)?))
}

pub(crate) fn incarnation(row: &Row<'_>, column: impl Column) -> Result<Incarnation, Fault> {
    Ok(Incarnation::from_bytes(row.get(column)?))
}

/// The claim that a running job's row stands for.
pub(crate) fn claim(row: &Row<'_>) -> Result<Claim, Fault> {
    let number = ClaimNumber::new(row.get("claims")?);
    Ok(Claim { job: id(row, "id")?, token: LeaseToken { worker: incarnation(row, "worker")?, number } })
}

pub(crate) fn queue_number(row: &Row<'_>, column: impl Column) -> Result<QueueNumber, Fault> {
    Ok(QueueNumber::new(row.get(column)?))
}

pub(crate) fn state(row: &Row<'_>, column: impl Column) -> Result<JobState, Fault> {
    let code = row.get(column)?;
    JobState::from_code(code).ok_or_else(|| Fault::Corrupt(format!("a job in a state {code}")))
}

pub(crate) fn priority(row: &Row<'_>, column: impl Column) -> Result<Priority, Fault> {
    Priority::new(row.get(column)?).map_err(|error| Fault::Corrupt(error.to_string()))
}

pub(crate) fn max_attempts(row: &Row<'_>, column: impl Column) -> Result<MaxAttempts, Fault> {
    MaxAttempts::new(row.get(column)?).map_err(|error| Fault::Corrupt(error.to_string()))
}

pub(crate) fn instant(row: &Row<'_>, column: impl Column) -> Result<Timestamp, Fault> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

pub(crate) fn instant_if_any(row: &Row<'_>, column: impl Column) -> Result<Option<Timestamp>, Fault> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(crate) fn duration(row: &Row<'_>, column: impl Column) -> Result<Duration, Fault> {
    Ok(Duration::from_millis(row.get(column)?))
}

/// A duration as it is stored: none is longer than until the last instant, so that adding it to one cannot overflow.
pub(crate) fn millis(duration: Duration) -> i64 {
    const LONGEST: i64 = Timestamp::LATEST.as_millis();
    i64::try_from(duration.as_millis()).map_or(LONGEST, |millis| millis.min(LONGEST))
}

/// A number of rows as SQLite takes it.
pub(crate) fn limit(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A name of any sort.
pub(crate) fn name<T: FromStr>(row: &Row<'_>, column: impl Column) -> Result<T, Fault> {
    let text = row.get_ref(column)?.as_str().map_err(|error| Fault::Corrupt(error.to_string()))?;
    text.parse().map_err(|_| Fault::Corrupt(format!("a {column} {text:?}")))
}

/// A name of any sort, where there is one.
pub(crate) fn name_if_any<T: FromStr>(row: &Row<'_>, column: impl Column) -> Result<Option<T>, Fault> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => name(row, column).map(Some),
    }
}

pub(crate) fn tags(row: &Row<'_>, column: impl Column) -> Result<Vec<Tag>, Fault> {
    let text = row.get_ref(column)?.as_str().map_err(|error| Fault::Corrupt(error.to_string()))?;
    let tags = text.split(',').filter(|tag| !tag.is_empty());
    tags.map(|tag| tag.parse().map_err(|_| Fault::Corrupt(format!("a tag {tag:?}")))).collect()
}

pub(crate) fn joined(tags: &[Tag]) -> String {
    tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(",")
}

pub(crate) const fn reason_word(reason: ErrorReason) -> &'static str {
    match reason {
        ErrorReason::Transient => "transient",
        ErrorReason::Permanent => "permanent",
        ErrorReason::Panic => "panic",
        ErrorReason::Timeout => "timeout",
        ErrorReason::Undecodable => "undecodable",
        ErrorReason::Poison => "poison",
        ErrorReason::Expired => "expired",
    }
}

pub(crate) fn reason(row: &Row<'_>) -> Result<ErrorReason, Fault> {
    const ALL: [ErrorReason; 7] = [
        ErrorReason::Transient,
        ErrorReason::Permanent,
        ErrorReason::Panic,
        ErrorReason::Timeout,
        ErrorReason::Undecodable,
        ErrorReason::Poison,
        ErrorReason::Expired,
    ];
    let word: String = row.get("reason")?;
    let found = ALL.into_iter().find(|reason| reason_word(*reason) == word);
    found.ok_or_else(|| Fault::Corrupt(format!("a reason {word:?} of a failure")))
}
