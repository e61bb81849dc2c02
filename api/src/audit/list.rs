use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use windlass_shared::Timestamp;
use windlass_store::{AuditFilter, AuditId};

use super::view::AuditEntryView;
use crate::access::{Desk, may};
use crate::openapi::shapes;
use crate::page;
use crate::problem::Problem;
use crate::query::{Parameters, number};

/// Which entries, and where to go on. Every filter that is given must match.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Who did it, as `key:ID`, `user:SUB`, `configuration` or `cli`.
    actor: Option<String>,
    /// What was done, as `jobs.cancel`.
    action: Option<String>,
    /// To what, like the id of a job.
    subject: Option<String>,
    /// It began at this instant or later.
    #[param(value_type = Option<shapes::Timestamp>)]
    from: Option<Timestamp>,
    /// It began before this instant.
    #[param(value_type = Option<shapes::Timestamp>)]
    before: Option<Timestamp>,
    /// Where to go on: the `next` of the page before.
    #[param(value_type = Option<shapes::AuditId>)]
    cursor: Option<String>,
    /// How many a page has at most.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1, maximum = 200, default = 20)]
    limit: Option<u16>,
}

/// A page of the audit log, and the cursor for the next one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    entries: Vec<AuditEntryView>,
    /// The cursor of the next page; `null` at the end.
    #[schema(value_type = Option<shapes::AuditId>, required)]
    next: Option<String>,
}

/// Lists what was done in the organization, the newest first. Enqueueing is not in it.
#[utoipa::path(
    get,
    path = "/audit",
    operation_id = "list_audit",
    tag = "access",
    security(("key" = ["audit.read"])),
    params(ListQuery),
    responses((status = 200, description = "A page of entries.", body = AuditPage)),
)]
pub(crate) async fn list_audit(
    desk: Desk<may::ReadAudit>,
    Parameters(query): Parameters<ListQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let most = page::size(query.limit)?;
    let ListQuery { actor, action, subject, from, before, cursor, limit: _ } = query;
    for (name, value) in [("actor", &actor), ("action", &action), ("subject", &subject)] {
        // No entry has one, and not every database takes one in a question.
        if value.as_ref().is_some_and(|value| value.contains('\0')) {
            return Err(Problem::parameter(name, "has a character U+0000"));
        }
    }
    let after = cursor.as_deref().map(str::parse::<AuditId>).transpose();
    let after = after.map_err(|error| Problem::parameter("cursor", &error.to_string()))?;
    let filter = AuditFilter { organization: None, actor, action, subject, from, until: before };
    let found = desk.audit(filter, after, page::with_one_more(most)).await?;
    let (entries, next) = page::of(found, most, |entry| entry.id.to_string());
    Ok(Json(AuditPage { entries: entries.into_iter().map(AuditEntryView::from).collect(), next }))
}
