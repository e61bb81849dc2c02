use windlass_shared::{QueueName, TenantId, Timestamp};
use windlass_store::{ApiKey, IssuedKey, KeyId, NewApiKey};

use super::Desk;
use super::may::ManageKeys;
use crate::access::caller::Queues;
use crate::access::roles::RoleFault;
use crate::problem::{Problem, ProblemType};

/// A key as it is asked for.
#[derive(Debug)]
pub(crate) struct KeyWish {
    pub(crate) organization: Option<TenantId>,
    pub(crate) name: String,
    pub(crate) roles: Vec<String>,
    pub(crate) queues: Vec<QueueName>,
    pub(crate) expires_at: Option<Timestamp>,
}

impl Desk<ManageKeys> {
    /// At most `most` of the keys of the caller's organization, the oldest first.
    pub(crate) async fn keys(&self, after: Option<&KeyId>, most: u64) -> Result<Vec<ApiKey>, Problem> {
        let of = self.caller.organization.as_ref();
        Ok(self.floor.store.api_keys().list(of, after, most).await?)
    }

    /// The caller's key of this id.
    pub(crate) async fn key(&self, id: &str) -> Result<ApiKey, Problem> {
        let Ok(key) = id.parse::<KeyId>() else { return Err(unknown_key(id)) };
        let of = self.caller.organization.as_ref();
        self.floor.store.api_keys().get(&key, of).await?.ok_or_else(|| unknown_key(id))
    }

    /// Checks a wish for a key: nobody gives what they do not have.
    pub(crate) async fn checked(&self, wish: KeyWish) -> Result<NewApiKey, Problem> {
        let KeyWish { organization, name, roles, queues, expires_at } = wish;
        if expires_at.is_some_and(|end| end <= self.floor.clock.now()) {
            return Err(Problem::at("/expires_at", "lies in the past"));
        }
        if let Some(named) = &organization {
            self.caller.reaches(named)?;
        }
        let organization = organization.or_else(|| self.caller.organization.clone());
        let roles_of_key = self.floor.access.roles.of_key(&roles, organization.as_ref());
        let permissions = roles_of_key.map_err(|fault| at_roles(&fault))?;
        let missing = self.caller.permissions.lacks(permissions);
        if let Some(permission) = missing.iter().next() {
            let detail =
                format!("You cannot give the permission {permission}, which you do not have yourself.");
            let problem = Problem::new(ProblemType::Forbidden, detail);
            return Err(problem.with("permission", permission.as_str()));
        }
        self.check_queues(&queues)?;
        if let Some(organization) = &organization
            && self.floor.store.organizations().get(organization).await?.is_none()
        {
            return Err(Problem::at("/organization", "there is no such organization"));
        }
        let created_by = self.caller.actor.to_string();
        Ok(NewApiKey { organization, name, roles, queues, created_by, expires_at })
    }

    /// Makes a key that was checked at this desk.
    pub(crate) async fn issue(&self, key: NewApiKey) -> Result<IssuedKey, Problem> {
        Ok(self.floor.store.api_keys().create(key, self.floor.clock.now()).await?)
    }

    /// Takes back a key that was found at this desk. From now on it opens nothing in this process, and nothing anywhere in
    /// half a minute.
    pub(crate) async fn revoke(&self, key: &ApiKey) -> Result<(), Problem> {
        let of = self.caller.organization.as_ref();
        let revoked = self.floor.store.api_keys().revoke(&key.id, of, self.floor.clock.now()).await;
        // Also when it is not known whether it was: the store will be asked again.
        self.floor.access.stored.forget_key(&key.id);
        revoked?.map(drop).ok_or_else(|| unknown_key(key.id.as_str()))
    }

    fn check_queues(&self, queues: &[QueueName]) -> Result<(), Problem> {
        match &self.caller.queues {
            Queues::All => Ok(()),
            Queues::Only(_) if queues.is_empty() => {
                Err(Problem::at("/queues", "is needed: your own key is for some queues only"))
            }
            Queues::Only(own) => match queues.iter().find(|queue| !own.contains(*queue)) {
                Some(other) => Err(Problem::other_queue(other)),
                None => Ok(()),
            },
        }
    }
}

fn at_roles(fault: &RoleFault) -> Problem {
    let path = match fault {
        RoleFault::Unknown { index, .. } => format!("/roles/{index}"),
        RoleFault::ReachesOthers => "/roles".to_owned(),
        RoleFault::BelongsToNone => "/organization".to_owned(),
    };
    Problem::at(&path, &fault.to_string())
}

/// No key of this id belongs to the caller's organization, which must look the same as no such key at all.
fn unknown_key(id: &str) -> Problem {
    let id = windlass_queue::truncated(id, 64);
    Problem::new(ProblemType::UnknownKey, format!("There is no API key {id:?}."))
}
