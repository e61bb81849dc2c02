use std::fmt;
use std::str::FromStr;

use sea_orm::{DbBackend, Value};
use uuid::{Builder, Uuid};
use windlass_shared::{KindName, TenantId, Timestamp};

use crate::error::StoreError;
use crate::id;

/// The id of a row of the outbox. The id of the job follows from it, so relaying a row twice makes one job.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OutboxId(String);

/// A job that is to be written into the outbox.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxJob {
    pub(super) id: Option<Uuid>,
    pub(super) kind: KindName,
    pub(super) args: String,
    pub(super) options: Option<String>,
    pub(super) organization: TenantId,
}

/// A row as somebody wrote it: nothing in it has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its id.
    pub id: OutboxId,
    /// What should be the name of a kind.
    pub kind: String,
    /// What should be its arguments, in JSON.
    pub args: String,
    /// What should be the other members of a posted job, in JSON.
    pub options: Option<String>,
    /// What should be the id of an organization.
    pub organization: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// Since when it is refused.
    pub failed_at: Option<Timestamp>,
    /// Why it is refused.
    pub error: Option<String>,
}

/// A text that is no id of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a row of the outbox is a UUID, like 0190a5c2-7d3e-7cc1-9b0a-5f1e2d3c0007")]
pub struct InvalidOutboxId;

impl OutboxJob {
    /// A job of this kind with these arguments, of the organization `default`.
    pub fn new(kind: KindName, args: &serde_json::Value) -> Self {
        let organization = TenantId::default();
        Self { id: None, kind, args: args.to_string(), options: None, organization }
    }

    /// Gives the row this id, so that whoever repeats his transaction without knowing whether it was committed writes the
    /// job once: the second insert is refused, or makes the same job.
    pub fn with_id(self, id: Uuid) -> Self {
        Self { id: Some(id), ..self }
    }

    /// With these members of a posted job, like `{"priority": 1, "tags": ["vip"], "delay_ms": 60000}`.
    pub fn with_options(self, options: &serde_json::Value) -> Self {
        Self { options: Some(options.to_string()), ..self }
    }

    /// Of this organization.
    pub fn of(self, organization: TenantId) -> Self {
        Self { organization, ..self }
    }

    /// The id of the row that is going to be written.
    pub(super) fn row_id(&self) -> Result<Uuid, StoreError> {
        if let Some(id) = self.id {
            return Ok(id);
        }
        let mut random = [0; 16];
        id::fill(&mut random)?;
        Ok(Builder::from_random_bytes(random).into_uuid())
    }
}

impl OutboxId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id that a row was found with. On SQLite it may have been written in capitals.
    pub(super) fn found(mut text: String) -> Self {
        text.make_ascii_lowercase();
        Self(text)
    }

    /// The id as this database keeps it.
    pub(super) fn value(&self, backend: DbBackend) -> Result<Value, StoreError> {
        match (backend, Uuid::try_parse(&self.0)) {
            (DbBackend::Postgres, Ok(uuid)) => Ok(uuid.into()),
            (DbBackend::Postgres, Err(_)) => {
                Err(StoreError::corrupt(format!("{self} is no id of the outbox")))
            }
            _ => Ok(self.0.as_str().into()),
        }
    }
}

impl From<Uuid> for OutboxId {
    fn from(id: Uuid) -> Self {
        Self(id.to_string())
    }
}

impl fmt::Display for OutboxId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for OutboxId {
    type Err = InvalidOutboxId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self::from).map_err(|_| InvalidOutboxId)
    }
}
