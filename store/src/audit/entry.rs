use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use uuid::Uuid;
use windlass_shared::{TenantId, Timestamp};

use super::entity::Model;
use crate::error::StoreError;

/// The id of an entry of the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditId(pub(super) Uuid);

/// Something that was done, or was to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// When it began.
    pub at: Timestamp,
    /// To whose things it was done; to no organization's in particular when there is none.
    pub organization: Option<TenantId>,
    /// Who did it: `key:ID`, `user:SUB`, `configuration` or `cli`.
    pub actor: String,
    /// What was done, like `jobs.cancel`.
    pub action: String,
    /// To what, like the id of a job.
    pub subject: String,
    /// With what particulars.
    pub details: Option<Value>,
    /// Within which request.
    pub request_id: Option<String>,
    /// How it ended, as a status code of HTTP; nobody knows when there is none.
    pub outcome: Option<u16>,
}

/// An action that is about to begin; the fields are those of [`AuditEntry`].
#[derive(Debug, Clone, PartialEq)]
pub struct NewAuditEntry {
    /// To whose things it is done.
    pub organization: Option<TenantId>,
    /// Who does it.
    pub actor: String,
    /// What is done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// With what particulars.
    pub details: Option<Value>,
    /// Within which request.
    pub request_id: Option<String>,
}

/// Which entries are wanted: those that fit everything that is given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Those of this organization.
    pub organization: Option<TenantId>,
    /// Those of this actor.
    pub actor: Option<String>,
    /// Those with this action.
    pub action: Option<String>,
    /// Those about this subject.
    pub subject: Option<String>,
    /// Those from this moment on.
    pub from: Option<Timestamp>,
    /// Those from before this moment.
    pub until: Option<Timestamp>,
}

/// A text that is no id of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of an entry of the audit log is a UUID")]
pub struct InvalidAuditId;

impl fmt::Display for AuditId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AuditId {
    type Err = InvalidAuditId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self).map_err(|_| InvalidAuditId)
    }
}

/// A row as an entry.
pub(super) fn entry(row: Model) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        id: AuditId(row.id),
        at: Timestamp::from_millis(row.at),
        organization: row.organization.map(|id| id.parse()).transpose().map_err(StoreError::corrupt)?,
        actor: row.actor,
        action: row.action,
        subject: row.subject,
        details: row
            .details
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(StoreError::corrupt)?,
        request_id: row.request_id,
        outcome: row.outcome.map(u16::try_from).transpose().map_err(StoreError::corrupt)?,
    })
}
