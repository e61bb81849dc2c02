use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use windlass_shared::{TenantId, Timestamp};
use windlass_store::AuditEntry;

use crate::openapi::shapes;

/// An entry of the audit log as callers see it, in the API and in the command line alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntryView {
    #[schema(value_type = shapes::AuditId)]
    id: String,
    /// When it began.
    #[schema(value_type = shapes::Timestamp)]
    at: Timestamp,
    /// To whose things it was done; `null` for what belongs to no organization, like a queue.
    #[schema(value_type = Option<shapes::TenantId>, required)]
    organization: Option<TenantId>,
    /// Who did it: `key:ID`, `user:SUB`, `configuration` or `cli`.
    actor: String,
    /// What was done, like `jobs.cancel`.
    action: String,
    /// To what, like the id of a job.
    subject: String,
    /// With what particulars.
    #[schema(value_type = Option<Object>, required)]
    details: Option<Value>,
    /// Within which request.
    #[schema(required)]
    request_id: Option<String>,
    /// How it ended, as a status code; `null` where nobody knows, because it was cut off.
    #[schema(required)]
    outcome: Option<u16>,
}

impl From<AuditEntry> for AuditEntryView {
    fn from(entry: AuditEntry) -> Self {
        Self {
            id: entry.id.to_string(),
            at: entry.at,
            organization: entry.organization,
            actor: entry.actor,
            action: entry.action,
            subject: entry.subject,
            details: entry.details,
            request_id: entry.request_id,
            outcome: entry.outcome,
        }
    }
}
