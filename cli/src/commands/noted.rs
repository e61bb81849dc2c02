use serde_json::Value;
use windlass_shared::TenantId;
use windlass_store::{NewAuditEntry, Store};

use crate::compose;
use crate::failure::Failure;

/// How an entry of the audit log tells who works at the command line.
pub(super) const ACTOR: &str = "cli";

/// Something that is about to be done, as the audit log tells it.
pub(super) struct Act<'a> {
    /// What, as `keys.create`.
    pub(super) action: &'static str,
    /// What it is done to.
    pub(super) subject: &'a str,
    /// Whose that is, where it is one organization's.
    pub(super) organization: Option<TenantId>,
    pub(super) details: Option<Value>,
}

/// Does something that the audit log tells: it is written down before it begins, and how it ended after that, as the API does.
pub(super) async fn noted<T>(
    store: &Store,
    act: Act<'_>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let Act { action, subject, organization, details } = act;
    let entry = NewAuditEntry {
        organization,
        actor: ACTOR.to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        details,
        request_id: None,
    };
    let entry = store.audit().begin(entry, compose::clock().now()).await?;
    let outcome = work.await;
    // What went wrong here was either the asking or the store; the log has no more than a status for it.
    let status = match &outcome {
        Ok(_) => 200,
        Err(Failure::Store(_)) => 503,
        Err(_) => 409,
    };
    store.audit().end(entry, status).await?;
    outcome
}
