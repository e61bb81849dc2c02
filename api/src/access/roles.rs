use std::collections::BTreeMap;

use windlass_shared::TenantId;

use super::permission::{Permission, Permissions, UnknownPermission};

/// Which permissions each role stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(BTreeMap<String, Permissions>);

const STUDENT: &[Permission] = &[Permission::JobsReadOwn];
const TEACHER: &[Permission] = &[Permission::JobsRead, Permission::JobsEnqueue, Permission::JobsManage];
const ADMIN: &[Permission] = &[
    Permission::JobsRead,
    Permission::JobsEnqueue,
    Permission::JobsManage,
    Permission::KeysManage,
    Permission::AuditRead,
    Permission::OrganizationRead,
];

impl Default for Roles {
    /// `student`, `teacher`, `admin` and `operator`.
    fn default() -> Self {
        let set = |permissions: &[Permission]| permissions.iter().copied().collect();
        Self(BTreeMap::from([
            ("student".to_owned(), set(STUDENT)),
            ("teacher".to_owned(), set(TEACHER)),
            ("admin".to_owned(), set(ADMIN)),
            ("operator".to_owned(), Permissions::all()),
        ]))
    }
}

impl Roles {
    /// The same with another meaning for one role, or one role more.
    pub fn with<'a>(
        mut self,
        role: &str,
        permissions: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, UnknownPermission> {
        let permissions = permissions.into_iter().map(str::parse::<Permission>).collect::<Result<_, _>>()?;
        self.0.insert(role.to_owned(), permissions);
        Ok(self)
    }

    /// The permissions of one role; `None` when there is no such role.
    pub fn of(&self, role: &str) -> Option<Permissions> {
        self.0.get(role).copied()
    }

    /// What somebody with all these roles may do. A role that does not exist here gives nothing: an identity provider has
    /// roles that are not meant for us.
    pub(crate) fn together<'a>(&self, roles: impl IntoIterator<Item = &'a str>) -> Permissions {
        roles.into_iter().filter_map(|role| self.of(role)).fold(Permissions::default(), Permissions::with)
    }

    /// What a key with these roles would give, where there can be such a key: one that belongs to an organization reaches no
    /// other, and only one that reaches all belongs to none.
    pub fn of_key(
        &self,
        roles: &[String],
        organization: Option<&TenantId>,
    ) -> Result<Permissions, RoleFault> {
        if let Some(index) = roles.iter().position(|role| !self.0.contains_key(role)) {
            let known = self.names().collect::<Vec<_>>().join(", ");
            return Err(RoleFault::Unknown { index, role: roles[index].chars().take(64).collect(), known });
        }
        let permissions = self.together(roles.iter().map(String::as_str));
        let reaches_all = permissions.contains(Permission::OrganizationsAny);
        match organization {
            Some(_) if permissions.iter().any(Permission::is_of_all_organizations) => {
                Err(RoleFault::ReachesOthers)
            }
            None if !reaches_all => Err(RoleFault::BelongsToNone),
            Some(_) | None => Ok(permissions),
        }
    }

    /// The names of the roles.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Why there can be no key with these roles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RoleFault {
    /// One does not exist.
    #[error("there is no role {role:?}; there are {known}")]
    Unknown {
        /// Which of the roles.
        index: usize,
        /// What it was called.
        role: String,
        /// Those that exist.
        known: String,
    },
    /// The key would belong to an organization and reach others.
    #[error(
        "a key that belongs to an organization reaches no other; take other roles, or leave the organization out"
    )]
    ReachesOthers,
    /// The key would belong to no organization, and reach none.
    #[error("an organization is needed: only a key whose roles reach every organization belongs to none")]
    BelongsToNone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_roles_add_up_and_an_unknown_one_adds_nothing() {
        let roles = Roles::default();
        let both = roles.together(["student", "teacher", "wizard"]);
        assert!(both.contains(Permission::JobsReadOwn) && both.contains(Permission::JobsManage));
        assert!(!both.contains(Permission::KeysManage));
        assert_eq!(roles.together(["wizard", ""]), Permissions::default());
    }

    #[test]
    fn only_the_operator_reaches_other_organizations_and_queues() {
        let roles = Roles::default();
        for role in ["student", "teacher", "admin"] {
            let may = roles.of(role).unwrap();
            for permission in [
                Permission::OrganizationsAny,
                Permission::OrganizationsManage,
                Permission::QueuesRead,
                Permission::QueuesManage,
            ] {
                assert!(!may.contains(permission), "{role} {permission}");
            }
        }
        assert_eq!(roles.of("operator"), Some(Permissions::all()));
    }

    #[test]
    fn a_role_of_the_configuration_replaces_the_default_one() {
        let roles = Roles::default().with("student", ["jobs.read_own", "jobs.enqueue"]).unwrap();
        assert!(roles.of("student").unwrap().contains(Permission::JobsEnqueue));
        assert!(Roles::default().with("student", ["jobs.all"]).is_err());
    }
}
