use windlass_store::{AuditEntry, AuditFilter, AuditId};

use super::Desk;
use super::may::ReadAudit;
use crate::problem::Problem;

impl Desk<ReadAudit> {
    /// At most `most` entries of the caller's organization that fit, the newest first.
    pub(crate) async fn audit(
        &self,
        filter: AuditFilter,
        after: Option<AuditId>,
        most: u64,
    ) -> Result<Vec<AuditEntry>, Problem> {
        let filter = AuditFilter { organization: self.caller.organization.clone(), ..filter };
        Ok(self.floor.store.audit().list(&filter, after, most).await?)
    }
}
