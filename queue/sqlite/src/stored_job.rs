use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use windlass_queue::{Expiry, NewJob, OnConflict, Unique, UniqueKey, Until, When};
use windlass_shared::{
    Backoff, BatchId, JobId, KindName, LimitKey, MaxAttempts, Priority, QueueName, Tag, TenantId, Timestamp,
};

use crate::extras::{parse, text};
use crate::fault::Fault;

/// A job that is enqueued later, as JSON; its arguments are stored beside it, to the byte.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredJob {
    id: JobId,
    queue: QueueName,
    kind: KindName,
    tenant: TenantId,
    priority: Priority,
    when: StoredInstant,
    max_attempts: MaxAttempts,
    timeout: Duration,
    tags: Vec<Tag>,
    tombstone: Option<Duration>,
    backoff: Option<Backoff>,
    expires: Option<StoredInstant>,
    limit_key: Option<LimitKey>,
    unique: Option<StoredUnique>,
    batch: Option<BatchId>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredInstant {
    Now,
    At(Timestamp),
    After(Duration),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredUnique {
    key: [u8; UniqueKey::BYTES],
    until: Until,
    on_conflict: OnConflict,
}

/// The text that a job without its arguments is stored as.
pub(crate) fn written(job: &NewJob) -> Result<String, Fault> {
    text(&StoredJob {
        id: job.id,
        queue: job.queue.clone(),
        kind: job.kind.clone(),
        tenant: job.tenant.clone(),
        priority: job.priority,
        when: match job.when {
            When::Now => StoredInstant::Now,
            When::At(instant) => StoredInstant::At(instant),
            When::After(delay) => StoredInstant::After(delay),
        },
        max_attempts: job.max_attempts,
        timeout: job.timeout,
        tags: job.tags.clone(),
        tombstone: job.tombstone,
        backoff: job.backoff.clone(),
        expires: job.expires.map(|expiry| match expiry {
            Expiry::At(instant) => StoredInstant::At(instant),
            Expiry::After(delay) => StoredInstant::After(delay),
        }),
        limit_key: job.limit_key.clone(),
        unique: job.unique.map(|Unique { key, until, on_conflict }| StoredUnique {
            key: key.0,
            until,
            on_conflict,
        }),
        batch: job.batch,
    })
}

/// The job that a text and its arguments stand for.
pub(crate) fn read(json: &str, args: Bytes) -> Result<NewJob, Fault> {
    let job: StoredJob = parse("a job that is to be enqueued later", json)?;
    Ok(NewJob {
        id: job.id,
        queue: job.queue,
        kind: job.kind,
        tenant: job.tenant,
        priority: job.priority,
        when: match job.when {
            StoredInstant::Now => When::Now,
            StoredInstant::At(instant) => When::At(instant),
            StoredInstant::After(delay) => When::After(delay),
        },
        max_attempts: job.max_attempts,
        timeout: job.timeout,
        tags: job.tags,
        args,
        tombstone: job.tombstone,
        backoff: job.backoff,
        expires: match job.expires {
            Some(StoredInstant::At(instant)) => Some(Expiry::At(instant)),
            Some(StoredInstant::After(delay)) => Some(Expiry::After(delay)),
            Some(StoredInstant::Now) => Some(Expiry::After(Duration::ZERO)),
            None => None,
        },
        limit_key: job.limit_key,
        unique: job.unique.map(|StoredUnique { key, until, on_conflict }| Unique {
            key: UniqueKey(key),
            until,
            on_conflict,
        }),
        batch: job.batch,
    })
}

#[cfg(test)]
mod tests {
    use windlass_shared::QueueNumber;

    use super::*;

    #[test]
    fn a_job_is_read_back_as_it_was_written() {
        let id = |entropy| JobId::new(Timestamp::from_millis(5), QueueNumber::new(2), entropy);
        let plain = NewJob {
            timeout: Duration::from_millis(1_500),
            args: Bytes::from_static(b"{\"to\": \"\xff\"}"),
            ..NewJob::plain(id(1), "email".parse().unwrap(), "email.send".parse().unwrap())
        };
        let rich = NewJob {
            when: When::After(Duration::from_secs(3)),
            tags: vec!["nightly".parse().unwrap()],
            tombstone: Some(Duration::from_hours(1)),
            backoff: Some(Backoff::default()),
            expires: Some(Expiry::At(Timestamp::from_millis(1_700_000_000_123))),
            limit_key: Some("stripe:acct_1".parse().unwrap()),
            unique: Some(Unique {
                key: UniqueKey([7; UniqueKey::BYTES]),
                until: Until::Period(Duration::from_mins(1)),
                on_conflict: OnConflict::KeepLatest,
            }),
            batch: Some(BatchId::new(Timestamp::from_millis(5), QueueNumber::new(2), 9)),
            ..plain.clone()
        };
        for job in [plain, rich] {
            let read = read(&written(&job).unwrap(), job.args.clone()).unwrap();
            assert_eq!(format!("{read:?}"), format!("{job:?}"));
        }
    }
}
