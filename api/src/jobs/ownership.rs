use windlass_jobs::operations::BulkJobs;
use windlass_queue::{Job, JobKind};

use crate::keys::Caller;

/// Whether the caller may see and steer the job.
///
/// A bulk operation is its owner's only while it stays among the owner's jobs. One that reaches further is the operator's,
/// whatever tenant it runs for: run again by a caller, it would do to other tenants' jobs what the caller may not, and its
/// arguments speak of them.
pub(super) fn is_callers(job: &Job, caller: &Caller) -> bool {
    job.tenant == caller.tenant && (job.kind.as_str() != BulkJobs::NAME || stays_with(job, caller))
}

fn stays_with(operation: &Job, caller: &Caller) -> bool {
    let args = serde_json::from_slice::<BulkJobs>(&operation.args);
    args.is_ok_and(|args| args.filter.tenant.as_ref() == Some(&caller.tenant))
}
