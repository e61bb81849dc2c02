use serde::Serialize;
use utoipa::ToSchema;
use windlass_shared::{QueueName, TenantId, Timestamp};
use windlass_store::ApiKey;

use crate::openapi::shapes;

/// An API key as callers see it, in the API and in the command line alike. Its secret is never shown again.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyView {
    /// Its id, which is a part of its text.
    #[schema(value_type = shapes::KeyId)]
    id: String,
    /// What its text begins with.
    prefix: String,
    /// What people call it.
    name: String,
    /// The organization that it belongs to; `null` for an operator's key of the installation.
    #[schema(value_type = Option<shapes::TenantId>, required)]
    organization: Option<TenantId>,
    /// The roles of whoever shows it.
    roles: Vec<String>,
    /// The queues that it is for; every queue when empty.
    #[schema(value_type = Vec<shapes::QueueName>)]
    queues: Vec<QueueName>,
    #[schema(value_type = shapes::Timestamp)]
    created_at: Timestamp,
    /// Who made it: `key:ID`, `user:SUB`, `configuration` or `cli`.
    created_by: String,
    /// When it ends by itself.
    #[schema(value_type = Option<shapes::Timestamp>, required)]
    expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<shapes::Timestamp>, required)]
    revoked_at: Option<Timestamp>,
    /// When it was last used, to about a minute.
    #[schema(value_type = Option<shapes::Timestamp>, required)]
    last_used_at: Option<Timestamp>,
}

impl From<ApiKey> for KeyView {
    fn from(key: ApiKey) -> Self {
        Self {
            prefix: format!("wl_{}_", key.id),
            id: key.id.to_string(),
            name: key.name,
            organization: key.organization,
            roles: key.roles,
            queues: key.queues,
            created_at: key.created_at,
            created_by: key.created_by,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}
