use axum::response::{IntoResponse, Response};
use serde_json::Value;
use windlass_shared::TenantId;
use windlass_store::NewAuditEntry;

use super::Desk;
use super::may::Right;
use crate::problem::Problem;

/// Something that is about to be done, as the audit log tells it.
#[derive(Debug)]
pub(crate) struct Act {
    /// What, as `jobs.cancel`.
    pub(crate) action: &'static str,
    /// What it is done to: an id or a name.
    pub(crate) subject: String,
    /// Whose that is, where it is one organization's.
    pub(crate) organization: Option<TenantId>,
    /// What more there is to say, without secrets and arguments of jobs.
    pub(crate) details: Value,
}

impl Act {
    pub(crate) fn on(action: &'static str, subject: &impl ToString) -> Self {
        Self { action, subject: subject.to_string(), organization: None, details: Value::Null }
    }

    /// The same to something of this organization's.
    pub(crate) fn of(self, organization: &TenantId) -> Self {
        Self { organization: Some(organization.clone()), ..self }
    }

    /// The same with details.
    pub(crate) fn with(self, details: Value) -> Self {
        Self { details, ..self }
    }
}

impl<May: Right> Desk<May> {
    /// Does something that the audit log tells: it is written down before it begins, and how it ended after that.
    pub(crate) async fn audited<T: IntoResponse>(
        &self,
        act: Act,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<Response, Problem> {
        let Act { action, subject, organization, details } = act;
        let entry = NewAuditEntry {
            organization: organization.or_else(|| self.caller.organization.clone()),
            actor: self.caller.actor.to_string(),
            action: action.to_owned(),
            subject,
            details: Some(details).filter(|details| !details.is_null()),
            request_id: self.request_id.as_ref().map(|id| id.as_str().to_owned()),
        };
        let audit = self.floor.store.audit();
        let entry = audit.begin(entry, self.floor.clock.now()).await?;
        let outcome = work.await.map(IntoResponse::into_response);
        let status = outcome.as_ref().map_or_else(Problem::status, |response| response.status().as_u16());
        // It is done, whatever becomes of the note: its entry then tells that it was begun.
        if let Err(error) = audit.end(entry, status).await {
            tracing::warn!(%error, action, status, "how an action ended could not be noted in the audit log");
        }
        outcome
    }
}
