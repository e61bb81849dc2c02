//! The rights that a [`Desk`](super::Desk) can be for: each is a type, so that a handler without the right does not compile.

use crate::access::caller::Caller;
use crate::access::permission::Permission;
use crate::problem::Problem;

/// A right that callers have or not.
pub(crate) trait Right {
    /// Refuses whoever does not have it.
    fn check(caller: &Caller) -> Result<(), Problem>;
}

macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident: $permission:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub(crate) enum $name {}

        impl Right for $name {
            fn check(caller: &Caller) -> Result<(), Problem> {
                caller.needs(Permission::$permission)
            }
        }
    )*};
}

rights! {
    EnqueueJobs: JobsEnqueue,
    ManageJobs: JobsManage,
    ReadQueues: QueuesRead,
    ManageQueues: QueuesManage,
    ManageKeys: KeysManage,
    ReadAudit: AuditRead,
    ManageOrganizations: OrganizationsManage,
}

/// What everybody may who is known.
#[derive(Debug)]
pub(crate) enum Anything {}

impl Right for Anything {
    fn check(_: &Caller) -> Result<(), Problem> {
        Ok(())
    }
}

/// To look at jobs: at all of the organization, or at one's own.
#[derive(Debug)]
pub(crate) enum ReadJobs {}

impl Right for ReadJobs {
    fn check(caller: &Caller) -> Result<(), Problem> {
        if caller.may(Permission::JobsReadOwn) { Ok(()) } else { caller.needs(Permission::JobsRead) }
    }
}

/// To look at organizations: at one's own, or at all.
#[derive(Debug)]
pub(crate) enum ReadOrganizations {}

impl Right for ReadOrganizations {
    fn check(caller: &Caller) -> Result<(), Problem> {
        if caller.may(Permission::OrganizationsManage) {
            Ok(())
        } else {
            caller.needs(Permission::OrganizationRead)
        }
    }
}
