use rusqlite::Row;
use rusqlite::types::{ToSql, ToSqlOutput};
use windlass_queue::NewJob;

use crate::fault::Fault;
use crate::stored::Column;

/// Which of the tables for rarely used things know a job, so that nobody looks in vain. As a number, its bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Features(u8);

impl Features {
    const UNIQUE: u8 = 1;
    const BATCH: u8 = 2;
    const BACKOFF: u8 = 4;
    /// Steps or a checkpoint.
    const RECORDED: u8 = 8;

    /// The one of a job that has recorded something.
    pub(crate) const RECORDS: Self = Self(Self::RECORDED);

    /// Those that a job is enqueued with.
    pub(crate) fn of(job: &NewJob) -> Self {
        let unique = if job.unique.is_some() { Self::UNIQUE } else { 0 };
        let batch = if job.batch.is_some() { Self::BATCH } else { 0 };
        let backoff = if job.backoff.is_some() { Self::BACKOFF } else { 0 };
        Self(unique | batch | backoff)
    }

    pub(crate) fn read(row: &Row<'_>, column: impl Column) -> Result<Self, Fault> {
        Ok(Self(row.get(column)?))
    }

    /// These after the job has taken over the content of `job`. It keeps what it is: unique, and of its batch.
    pub(crate) fn after_replacement(self, job: &NewJob) -> Self {
        Self((self.0 & (Self::UNIQUE | Self::BATCH)) | (Self::of(job).0 & Self::BACKOFF))
    }

    pub(crate) const fn has_records(self) -> bool {
        self.0 & Self::RECORDED != 0
    }

    /// Whether others have to be told what becomes of the job.
    pub(crate) const fn has_ties(self) -> bool {
        self.0 & (Self::UNIQUE | Self::BATCH) != 0
    }

    /// Whether the job has a row in `extras`.
    pub(crate) const fn has_extras(self) -> bool {
        self.0 & (Self::UNIQUE | Self::BATCH | Self::BACKOFF) != 0
    }
}

impl ToSql for Features {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.0.into())
    }
}
