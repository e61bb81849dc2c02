use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest, Sha256};
use windlass_jobs::operations::BulkJobs;
use windlass_queue::{Batch, Job, JobKind};
use windlass_shared::{QueueName, Tag, TenantId};

use super::permission::{Permission, Permissions};
use crate::problem::{Problem, ProblemType};

/// Who asks, and what they may.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Who it is, for the audit log.
    pub(crate) actor: Actor,
    /// The organization that they stay within; `None` for all of them.
    pub(crate) organization: Option<TenantId>,
    /// The tag of the jobs that are their own, where a person asks.
    pub(crate) own: Option<Tag>,
    pub(crate) permissions: Permissions,
    pub(crate) queues: Queues,
}

/// Who does something, as the audit log names them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Actor {
    /// Whoever has the key of the configuration.
    Configuration,
    /// An API key, by its id.
    Key(String),
    /// A person, by the `sub` of their token.
    User(String),
}

/// On which queues somebody may do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Queues {
    All,
    Only(BTreeSet<QueueName>),
}

impl Caller {
    /// Whoever has the key of the configuration: the operator of the installation.
    pub(crate) fn operator() -> Self {
        Self {
            actor: Actor::Configuration,
            organization: None,
            own: None,
            permissions: Permissions::all(),
            queues: Queues::All,
        }
    }

    pub(crate) const fn may(&self, permission: Permission) -> bool {
        self.permissions.contains(permission)
    }

    /// Refuses whoever may not.
    pub(crate) fn needs(&self, permission: Permission) -> Result<(), Problem> {
        if self.may(permission) {
            return Ok(());
        }
        let detail = format!("This takes the permission {permission}, which none of your roles has.");
        Err(Problem::new(ProblemType::Forbidden, detail).with("permission", permission.as_str()))
    }

    /// Whose jobs they enqueue where they name nobody's.
    pub(crate) fn tenant(&self) -> TenantId {
        self.organization.clone().unwrap_or_default()
    }

    /// The same within one organization. Whoever stays within another one is refused.
    pub(crate) fn within(&self, organization: TenantId) -> Result<Self, Problem> {
        self.reaches(&organization)?;
        Ok(Self { organization: Some(organization), ..self.clone() })
    }

    /// Refuses whoever does not reach this organization.
    pub(crate) fn reaches(&self, organization: &TenantId) -> Result<(), Problem> {
        match &self.organization {
            Some(own) if own != organization => Err(other_organization(organization, own)),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether they see only the jobs that are their own.
    pub(crate) const fn only_own(&self) -> bool {
        !self.may(Permission::JobsRead)
    }

    /// Whether they may see and steer the job. This is where a job of somebody else's turns into none.
    pub(crate) fn sees(&self, job: &Job) -> bool {
        let is_theirs = self.is_of(&job.tenant)
            && (!self.only_own() || self.own.as_ref().is_some_and(|own| job.tags.contains(own)));
        let reaches = || match job.kind.as_str() {
            BulkJobs::NAME => self.holds(job),
            _ => self.queues.contain(&job.queue),
        };
        is_theirs && reaches()
    }

    /// Whether they may see the batch.
    pub(crate) fn sees_batch(&self, batch: &Batch) -> bool {
        self.is_of(&batch.tenant) && self.queues.contain(&batch.queue) && !self.only_own()
    }

    /// A bulk operation belongs to whoever reaches all that it reaches: run again by somebody else, it would do to jobs what
    /// they may not, and its arguments speak of them. Which queue it waits in itself says nothing.
    fn holds(&self, operation: &Job) -> bool {
        if self.organization.is_none() && self.queues == Queues::All && !self.only_own() {
            return true;
        }
        let Ok(BulkJobs { filter, .. }) = serde_json::from_slice(&operation.args) else { return false };
        (self.organization.is_none() || self.organization == filter.tenant)
            && (!self.only_own() || self.own == filter.tag)
            && match &self.queues {
                Queues::All => true,
                Queues::Only(queues) => filter.queue.is_some_and(|queue| queues.contains(&queue)),
            }
    }

    fn is_of(&self, tenant: &TenantId) -> bool {
        self.organization.as_ref().is_none_or(|own| own == tenant)
    }
}

impl Queues {
    pub(crate) fn contain(&self, queue: &QueueName) -> bool {
        match self {
            Self::All => true,
            Self::Only(queues) => queues.contains(queue),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration => f.write_str("configuration"),
            Self::Key(id) => write!(f, "key:{id}"),
            Self::User(sub) => write!(f, "user:{sub}"),
        }
    }
}

/// What the tags of people begin with.
pub(crate) const USER_TAG: &str = "user.";

/// The tag that the jobs of a person carry: `user.` and their `sub`, or a digest of it where that is no name that fits.
pub(crate) fn tag_of(sub: &str) -> Option<Tag> {
    let plain = format!("{USER_TAG}{sub}");
    // A sub that looks like a digest could be taken for somebody else's.
    if !sub.starts_with("h-")
        && let Ok(tag) = plain.parse()
    {
        return Some(tag);
    }
    let digest = Sha256::digest(sub);
    let short: [u8; 16] = std::array::from_fn(|index| digest[index]);
    format!("{USER_TAG}h-{:032x}", u128::from_be_bytes(short)).parse().ok()
}

fn other_organization(named: &TenantId, own: &TenantId) -> Problem {
    let detail = format!("You are of the organization {own} and may not name {named}.");
    Problem::new(ProblemType::OtherOrganization, detail).with("organization", named.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_a_person_is_readable_where_it_can_be_and_never_somebody_elses() {
        assert_eq!(tag_of("ada").unwrap().as_str(), "user.ada");
        let digest = tag_of("auth0|5f7c").unwrap();
        assert!(digest.as_str().starts_with("user.h-") && digest.as_str().len() == 39, "{digest}");
        assert_ne!(tag_of(&digest.as_str()["user.".len()..]).unwrap(), digest);
        assert_eq!(tag_of(&"x".repeat(300)).unwrap().as_str().len(), 39);
    }

    #[test]
    fn who_is_of_one_organization_names_no_other() {
        let own = Caller { organization: Some("acme".parse().unwrap()), ..Caller::operator() };
        assert!(own.within("acme".parse().unwrap()).is_ok());
        assert!(own.within("other".parse().unwrap()).is_err());
        let narrowed = Caller::operator().within("other".parse().unwrap()).unwrap();
        assert_eq!(narrowed.tenant().as_str(), "other");
    }
}
