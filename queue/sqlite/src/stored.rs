//! Between what SQLite stores and what the contract speaks of.

use std::str::FromStr;
use std::time::Duration;

use rusqlite::Row;
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

/// Where a job goes that becomes available after so many deaths.
pub(crate) const fn place_after(deaths: u8) -> u8 {
    if deaths >= SUSPECT_AFTER_DEATHS { SUSPECTS } else { LANE }
}

pub(crate) fn id(row: &Row<'_>, column: &str) -> Result<JobId, Fault> {
    Ok(JobId::from_bytes(row.get(column)?))
}

pub(crate) fn incarnation(row: &Row<'_>, column: &str) -> Result<Incarnation, Fault> {
    Ok(Incarnation::from_bytes(row.get(column)?))
}

/// The claim that a running job's row stands for.
pub(crate) fn claim(row: &Row<'_>) -> Result<Claim, Fault> {
    let number = ClaimNumber::new(row.get("claims")?);
    Ok(Claim { job: id(row, "id")?, token: LeaseToken { worker: incarnation(row, "worker")?, number } })
}

pub(crate) fn queue_number(row: &Row<'_>, column: &str) -> Result<QueueNumber, Fault> {
    Ok(QueueNumber::new(row.get(column)?))
}

pub(crate) fn state(row: &Row<'_>) -> Result<JobState, Fault> {
    let code = row.get("state")?;
    JobState::from_code(code).ok_or_else(|| Fault::Corrupt(format!("a job in a state {code}")))
}

pub(crate) fn priority(row: &Row<'_>) -> Result<Priority, Fault> {
    Priority::new(row.get("priority")?).map_err(|error| Fault::Corrupt(error.to_string()))
}

pub(crate) fn max_attempts(row: &Row<'_>) -> Result<MaxAttempts, Fault> {
    MaxAttempts::new(row.get("max_attempts")?).map_err(|error| Fault::Corrupt(error.to_string()))
}

pub(crate) fn instant(row: &Row<'_>, column: &str) -> Result<Timestamp, Fault> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

pub(crate) fn instant_if_any(row: &Row<'_>, column: &str) -> Result<Option<Timestamp>, Fault> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

pub(crate) fn duration(row: &Row<'_>, column: &str) -> Result<Duration, Fault> {
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
pub(crate) fn name<T: FromStr>(row: &Row<'_>, column: &str) -> Result<T, Fault> {
    let text = row.get_ref(column)?.as_str().map_err(|error| Fault::Corrupt(error.to_string()))?;
    text.parse().map_err(|_| Fault::Corrupt(format!("a {column} {text:?}")))
}

pub(crate) fn tags(row: &Row<'_>) -> Result<Vec<Tag>, Fault> {
    let text = row.get_ref("tags")?.as_str().map_err(|error| Fault::Corrupt(error.to_string()))?;
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
    }
}

pub(crate) fn reason(row: &Row<'_>) -> Result<ErrorReason, Fault> {
    const ALL: [ErrorReason; 6] = [
        ErrorReason::Transient,
        ErrorReason::Permanent,
        ErrorReason::Panic,
        ErrorReason::Timeout,
        ErrorReason::Undecodable,
        ErrorReason::Poison,
    ];
    let word: String = row.get("reason")?;
    let found = ALL.into_iter().find(|reason| reason_word(*reason) == word);
    found.ok_or_else(|| Fault::Corrupt(format!("a reason {word:?} of a failure")))
}
