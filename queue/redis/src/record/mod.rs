//! A job as it is stored: a header of fixed layout that scripts read by offset, then what may be left out, then text of
//! known lengths, then the arguments to the end. All numbers are big-endian; instants are milliseconds since the epoch.
//!
//! What changes together stands together, and what many jobs share at that moment is one piece for all of them: what a job
//! that is accepted begins with, what its first claim writes (from the state to `attempted_at`), and what its completion
//! does (from the state to `finished_at`).
//!
//! | offset | bytes | field |
//! |---|---|---|
//! | 0 | 1 | version of the layout, 4 |
//! | 1 | 6 | `created_at` |
//! | 7 | 6 | `run_at` |
//! | 13 | 1 | state, [`JobState::code`] |
//! | 14 | 1 | flags: 1 runs alone, 2 cancellation requested, 4 parked, 8 was parked, 16 holds slots |
//! | 15 | 1 | which of the last eight claims ended by their own worker, the newest in the lowest bit |
//! | 16 | 1 | what is kept beside it: 1 notes, 2 errors, 4 log, 8 result, 16 steps, 32 checkpoint, 64 tombstone |
//! | 17 | 6 | `finished_at`, 0 for not yet |
//! | 23 | 1 | deaths |
//! | 24 | 2 | attempts used |
//! | 26 | 4 | claims so far |
//! | 30 | 8 | incarnation of the last worker |
//! | 38 | 6 | `attempted_at`, 0 for never |
//! | 44 | 1 | number of its placement: an entry of a list with another one is void |
//! | 45 | 1 | features: 1 unique, 2 member of a batch, 4 expires |
//! | 46 | 1 | priority |
//! | 47 | 2 | attempts at most |
//! | 49 | 4 | time-out of an attempt, in milliseconds |
//! | 53 | 1 | bytes of the tenant |
//! | 54 | 1 | bytes of the kind |
//! | 55 | 2 | bytes of the tags, which are joined by commas |
//! | 57 | 1 | bytes of the limit key |
//! | 58 | 2 | bytes of the options |
//! | 60 | 23 | if unique: its key, until when (1 start, 2 finish, 3 for a period), the period |
//! | | 16 | if a member of a batch: the batch |
//! | | 6 | if it expires: when, 0 for not any more |
//! | | | tenant, kind, limit key, options (JSON of what scripts never read), tags, arguments |

mod decode;
mod encode;

use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use windlass_queue::{OnConflict, Unique};
use windlass_shared::{
    Backoff, BatchId, Incarnation, JobState, KindName, LimitKey, MaxAttempts, Priority, Tag, TenantId,
    Timestamp,
};

pub(crate) use decode::decode;
pub(crate) use encode::{encode, without_beginning};

const VERSION: u8 = 4;
const FIXED_BYTES: usize = 60;
/// Where the state is; what stands before it is known only when the job is accepted.
const STATE: usize = 13;
const PLACEMENT: usize = 44;
/// The number that the script gives to the placement of a plain job.
const FIRST_PLACEMENT: u8 = 1;
const ALONE: u8 = 1;
const CANCEL_REQUESTED: u8 = 2;
const STEPS: u8 = 16;
const CHECKPOINT: u8 = 32;
const UNIQUE: u8 = 1;
const BATCH: u8 = 2;
const EXPIRES: u8 = 4;

/// A stored job, taken apart.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) state: JobState,
    pub(crate) priority: Priority,
    pub(crate) alone: bool,
    pub(crate) cancel_requested: bool,
    pub(crate) has_records: bool,
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
    pub(crate) unique: Option<Unique>,
    pub(crate) batch: Option<BatchId>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) tenant: TenantId,
    pub(crate) kind: KindName,
    pub(crate) limit_key: Option<LimitKey>,
    pub(crate) backoff: Option<Backoff>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) args: Bytes,
}

/// What no script reads.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Options {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    backoff: Option<Backoff>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    on_conflict: Option<OnConflict>,
}

#[cfg(test)]
mod tests {
    use windlass_queue::{Expiry, NewJob, UniqueKey, Until};
    use windlass_shared::{JobId, QueueNumber};

    use super::*;

    fn job() -> NewJob {
        NewJob {
            tenant: "acme".parse().unwrap(),
            priority: Priority::new(3).unwrap(),
            max_attempts: MaxAttempts::new(4).unwrap(),
            timeout: Duration::from_secs(9),
            tags: vec!["a".parse().unwrap(), "b".parse().unwrap()],
            args: Bytes::from_static("{\"ü\":1}".as_bytes()),
            ..NewJob::plain(
                JobId::new(Timestamp::from_millis(0), QueueNumber::new(1), 1),
                "email".parse().unwrap(),
                "email.send".parse().unwrap(),
            )
        }
    }

    fn full_job() -> NewJob {
        NewJob {
            backoff: Some(Backoff::Fixed(Duration::from_secs(3))),
            expires: Some(Expiry::After(Duration::from_secs(5))),
            limit_key: Some("stripe:acct_1".parse().unwrap()),
            unique: Some(Unique {
                key: UniqueKey([7; UniqueKey::BYTES]),
                until: Until::Period(Duration::from_mins(1)),
                on_conflict: OnConflict::Debounce,
            }),
            batch: Some(BatchId::new(Timestamp::from_millis(0), QueueNumber::new(1), 2)),
            ..job()
        }
    }

    fn stored(job: &NewJob, state: JobState) -> Bytes {
        let mut record = encode(job).unwrap();
        record[STATE] = state.code();
        record.into()
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let record = decode(&stored(&job(), JobState::Available)).unwrap();
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
    fn what_may_be_left_out_is_decoded_where_it_is_there() {
        let [plain, full] =
            [job(), full_job()].map(|job| decode(&stored(&job, JobState::Available)).unwrap());
        assert_eq!((plain.unique, plain.batch, plain.limit_key, plain.backoff), (None, None, None, None));
        let wanted = full_job();
        assert_eq!(
            (full.unique, full.batch, full.limit_key),
            (wanted.unique, wanted.batch, wanted.limit_key)
        );
        assert_eq!((full.backoff, full.expires_at), (wanted.backoff, None));
        assert_eq!((full.tags, full.args), (wanted.tags, wanted.args));
    }

    #[test]
    fn every_cut_of_a_record_is_refused_and_none_panics() {
        let whole = stored(&full_job(), JobState::Available);
        let text_ends = whole.len() - job().args.len();
        for end in 0..text_ends {
            assert!(decode(&whole.slice(..end)).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn another_version_is_refused_by_name() {
        let mut record = stored(&job(), JobState::Available).to_vec();
        record[0] = 9;
        assert!(decode(&record.into()).unwrap_err().to_string().contains("version 9"));
    }
}
