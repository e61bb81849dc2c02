use windlass_shared::TenantId;
use windlass_store::{Created, Organization};

use super::Desk;
use super::may::{ManageOrganizations, ReadOrganizations};
use crate::problem::{Problem, ProblemType};

impl<May> Desk<May> {
    async fn find_organization(&self, id: &str) -> Result<Organization, Problem> {
        let unknown = || unknown_organization(id);
        let organization = id.parse::<TenantId>().map_err(|_| unknown())?;
        self.caller.reaches(&organization).map_err(|_| unknown())?;
        self.floor.store.organizations().get(&organization).await?.ok_or_else(unknown)
    }
}

impl Desk<ReadOrganizations> {
    /// The organization of this id, where the caller reaches it.
    pub(crate) async fn organization(&self, id: &str) -> Result<Organization, Problem> {
        self.find_organization(id).await
    }

    /// At most `most` of the organizations that the caller reaches, by id.
    pub(crate) async fn organizations(
        &self,
        after: Option<&TenantId>,
        most: u64,
    ) -> Result<Vec<Organization>, Problem> {
        let organizations = self.floor.store.organizations();
        match &self.caller.organization {
            None => Ok(organizations.list(after, most).await?),
            Some(own) if after.is_some_and(|after| after >= own) => Ok(Vec::new()),
            Some(own) => Ok(organizations.get(own).await?.into_iter().collect()),
        }
    }
}

impl Desk<ManageOrganizations> {
    /// The organization of this id, where the caller reaches it.
    pub(crate) async fn organization(&self, id: &str) -> Result<Organization, Problem> {
        self.find_organization(id).await
    }

    /// Makes an organization.
    pub(crate) async fn create(&self, id: &TenantId, name: &str) -> Result<Organization, Problem> {
        self.caller.reaches(id)?;
        let created = self.floor.store.organizations().create(id, name, self.floor.clock.now()).await?;
        // Whoever came with a token before it was there shall not wait.
        self.floor.access.stored.forget_organization(id);
        match created {
            Created::New(organization) => Ok(organization),
            Created::Existing(_) => {
                let detail = format!("There is an organization {id} already.");
                Err(Problem::new(ProblemType::OrganizationExists, detail))
            }
        }
    }

    /// Gives an organization that was found at this desk another name, suspends it or resumes it.
    pub(crate) async fn change(
        &self,
        organization: &Organization,
        name: Option<&str>,
        suspended: Option<bool>,
    ) -> Result<Organization, Problem> {
        let (organizations, id) = (self.floor.store.organizations(), &organization.id);
        if let Some(name) = name {
            organizations.rename(id, name).await?;
        }
        // One that is suspended already keeps its time.
        if let Some(suspended) = suspended.filter(|wished| *wished != organization.suspended_at.is_some()) {
            let changed = organizations.suspend(id, suspended.then(|| self.floor.clock.now())).await;
            self.floor.access.stored.forget_organization(id);
            changed?;
        }
        organizations.get(id).await?.ok_or_else(|| unknown_organization(id.as_str()))
    }
}

/// No organization of this id is within the caller's reach, which must look the same as no such organization at all.
fn unknown_organization(id: &str) -> Problem {
    let id = windlass_queue::truncated(id, 64);
    Problem::new(ProblemType::UnknownOrganization, format!("There is no organization {id:?}."))
}
