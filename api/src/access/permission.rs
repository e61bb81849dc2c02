use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// What somebody may do. Roles are sets of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Permission {
    /// Look at the jobs that carry one's own name.
    JobsReadOwn,
    /// Look at every job and batch of the organization.
    JobsRead,
    /// Enqueue jobs and batches.
    JobsEnqueue,
    /// Cancel, retry, delete and reprioritize jobs, one by one or in bulk.
    JobsManage,
    /// Look at queues, their rules and workers. They are shared by all organizations.
    QueuesRead,
    /// Pause, drain and limit queues. They are shared by all organizations.
    QueuesManage,
    /// Make, list and revoke API keys.
    KeysManage,
    /// Read the audit log.
    AuditRead,
    /// Look at one's own organization.
    OrganizationRead,
    /// Make, list, suspend and resume organizations.
    OrganizationsManage,
    /// Reach every organization, and name one.
    OrganizationsAny,
}

impl Permission {
    /// Every permission that there is.
    pub const ALL: [Self; 11] = [
        Self::JobsReadOwn,
        Self::JobsRead,
        Self::JobsEnqueue,
        Self::JobsManage,
        Self::QueuesRead,
        Self::QueuesManage,
        Self::KeysManage,
        Self::AuditRead,
        Self::OrganizationRead,
        Self::OrganizationsManage,
        Self::OrganizationsAny,
    ];

    /// Its name, as in configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::JobsReadOwn => "jobs.read_own",
            Self::JobsRead => "jobs.read",
            Self::JobsEnqueue => "jobs.enqueue",
            Self::JobsManage => "jobs.manage",
            Self::QueuesRead => "queues.read",
            Self::QueuesManage => "queues.manage",
            Self::KeysManage => "keys.manage",
            Self::AuditRead => "audit.read",
            Self::OrganizationRead => "organization.read",
            Self::OrganizationsManage => "organizations.manage",
            Self::OrganizationsAny => "organizations.any",
        }
    }

    /// Whether it is about more than one organization by its nature, so that nobody has it who belongs to one.
    pub(crate) const fn is_of_all_organizations(self) -> bool {
        matches!(self, Self::OrganizationsManage | Self::OrganizationsAny)
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        let known = Self::ALL.into_iter().find(|permission| permission.as_str() == text);
        known.ok_or_else(|| UnknownPermission(text.chars().take(64).collect()))
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A word that is no permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no permission; docs/authentication.md lists those that exist")]
pub struct UnknownPermission(String);

/// A set of permissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(u16);

impl Permissions {
    /// All of them.
    pub fn all() -> Self {
        Permission::ALL.into_iter().collect()
    }

    /// Whether it has this one.
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & permission.bit() != 0
    }

    /// What of these it does not have.
    pub(crate) const fn lacks(self, others: Self) -> Self {
        Self(others.0 & !self.0)
    }

    /// Both together.
    pub(crate) const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Those in it, in the order in which they are documented.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL.into_iter().filter(move |permission| self.contains(*permission))
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | permission.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_is_found_by_its_name_and_none_by_another() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(permission));
        }
        assert!("jobs.write".parse::<Permission>().unwrap_err().to_string().contains("\"jobs.write\""));
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_tells_what_it_lacks() {
        let own: Permissions = [Permission::JobsRead, Permission::JobsEnqueue].into_iter().collect();
        assert!(own.contains(Permission::JobsRead) && !own.contains(Permission::JobsManage));
        let wanted = [Permission::JobsRead, Permission::AuditRead].into_iter().collect();
        assert_eq!(own.lacks(wanted).iter().collect::<Vec<_>>(), [Permission::AuditRead]);
        assert_eq!(Permissions::all().iter().count(), 11);
        assert_eq!(Permissions::all().lacks(own), Permissions::default());
    }
}
