use windlass_queue::{EngineError, NewJob, Unique, Until};
use windlass_shared::{JobState, LimitKey, Tag};

use super::{BATCH, EXPIRES, FIRST_PLACEMENT, FIXED_BYTES, Options, PLACEMENT, STATE, UNIQUE, VERSION};
use crate::error::{ENGINE, corrupt};
use crate::terms::millis;

/// The record of a job that is about to be enqueued. The script fills in the state and the instants that depend on the
/// server's clock.
pub(crate) fn encode(job: &NewJob) -> Result<Vec<u8>, EngineError> {
    let tags = job.tags.iter().map(Tag::as_str).collect::<Vec<_>>().join(",");
    let limit_key = job.limit_key.as_ref().map_or("", LimitKey::as_str);
    let options = options(job)?;
    let mut record = Vec::with_capacity(2 * FIXED_BYTES + tags.len() + options.len() + job.args.len());
    // What changes later; a plain job that may start at once is written down as it is here, but for the instants.
    record.push(VERSION);
    record.resize(STATE, 0);
    record.push(JobState::Available.code());
    record.resize(PLACEMENT, 0);
    record.extend([FIRST_PLACEMENT, features(job), job.priority.get()]);
    record.extend(job.max_attempts.get().to_be_bytes());
    record.extend(u32::try_from(job.timeout.as_millis()).unwrap_or(u32::MAX).to_be_bytes());
    record.extend([byte_len(job.tenant.as_str())?, byte_len(job.kind.as_str())?]);
    record.extend(short_len(&tags)?.to_be_bytes());
    record.push(byte_len(limit_key)?);
    record.extend(short_len(&options)?.to_be_bytes());
    push_features(&mut record, job);
    for text in [job.tenant.as_str(), job.kind.as_str(), limit_key, &options, &tags] {
        record.extend(text.bytes());
    }
    record.extend(&job.args);
    Ok(record)
}

/// A new record without its version and the instants that the script puts before it.
pub(crate) fn without_beginning(record: &[u8]) -> &[u8] {
    &record[STATE..]
}

fn features(job: &NewJob) -> u8 {
    [(UNIQUE, job.unique.is_some()), (BATCH, job.batch.is_some()), (EXPIRES, job.expires.is_some())]
        .into_iter()
        .filter(|(_, has)| *has)
        .map(|(feature, _)| feature)
        .sum()
}

fn push_features(record: &mut Vec<u8>, job: &NewJob) {
    if let Some(Unique { key, until, .. }) = &job.unique {
        let (code, period) = match until {
            Until::Start => (1, 0),
            Until::Finish => (2, 0),
            Until::Period(period) => (3, millis(*period)),
        };
        record.extend(key.0);
        record.push(code);
        record.extend(&period.to_be_bytes()[2..]);
    }
    if let Some(batch) = &job.batch {
        record.extend(batch.as_bytes());
    }
    if job.expires.is_some() {
        record.extend([0; 6]);
    }
}

fn options(job: &NewJob) -> Result<String, EngineError> {
    let on_conflict = job.unique.map(|unique| unique.on_conflict);
    let options = Options { backoff: job.backoff.clone(), on_conflict };
    if options == Options::default() {
        return Ok(String::new());
    }
    serde_json::to_string(&options).map_err(|error| corrupt(error.to_string()))
}

fn byte_len(name: &str) -> Result<u8, EngineError> {
    u8::try_from(name.len()).map_err(|_| too_long("a name", name.len()))
}

fn short_len(text: &str) -> Result<u16, EngineError> {
    u16::try_from(text.len()).map_err(|_| too_long("the tags or the back-off of a job", text.len()))
}

fn too_long(what: &str, bytes: usize) -> EngineError {
    EngineError::Refused { engine: ENGINE, detail: format!("{what} may not have {bytes} bytes") }
}
