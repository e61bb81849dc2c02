use serde::Serialize;
use utoipa::ToSchema;
use windlass_shared::{TenantId, Timestamp};
use windlass_store::Organization;

use crate::openapi::shapes;

/// An organization as callers see it, in the API and in the command line alike.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganizationView {
    /// Its id: the tenant of its jobs.
    #[schema(value_type = shapes::TenantId)]
    id: TenantId,
    /// What people call it.
    name: String,
    #[schema(value_type = shapes::Timestamp)]
    created_at: Timestamp,
    /// Since when its keys and people are not let in.
    #[schema(value_type = Option<shapes::Timestamp>, required)]
    suspended_at: Option<Timestamp>,
}

impl From<Organization> for OrganizationView {
    fn from(organization: Organization) -> Self {
        let Organization { id, name, created_at, suspended_at } = organization;
        Self { id, name, created_at, suspended_at }
    }
}
