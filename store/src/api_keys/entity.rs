use sea_orm::ActiveValue::Set;
use sea_orm::entity::prelude::*;
use windlass_shared::{QueueName, Timestamp};

use super::{ApiKey, KeyId};
use crate::error::StoreError;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "windlass_api_keys")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(crate) id: String,
    pub(crate) organization: Option<String>,
    pub(crate) name: String,
    pub(crate) hash: String,
    pub(crate) roles: String,
    pub(crate) queues: String,
    pub(crate) created_at: i64,
    pub(crate) created_by: String,
    pub(crate) expires_at: Option<i64>,
    pub(crate) revoked_at: Option<i64>,
    pub(crate) last_used_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub(crate) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// A key as a row.
pub(super) fn row(key: &ApiKey, hash: String) -> Result<ActiveModel, StoreError> {
    Ok(ActiveModel {
        id: Set(key.id.to_string()),
        organization: Set(key.organization.as_ref().map(ToString::to_string)),
        name: Set(key.name.clone()),
        hash: Set(hash),
        roles: Set(serde_json::to_string(&key.roles).map_err(StoreError::corrupt)?),
        queues: Set(serde_json::to_string(&key.queues).map_err(StoreError::corrupt)?),
        created_at: Set(key.created_at.as_millis()),
        created_by: Set(key.created_by.clone()),
        expires_at: Set(key.expires_at.map(Timestamp::as_millis)),
        revoked_at: Set(key.revoked_at.map(Timestamp::as_millis)),
        last_used_at: Set(key.last_used_at.map(Timestamp::as_millis)),
    })
}

/// A row as a key.
pub(super) fn key(row: Model) -> Result<ApiKey, StoreError> {
    Ok(ApiKey {
        id: row.id.parse::<KeyId>().map_err(StoreError::corrupt)?,
        organization: row.organization.map(|id| id.parse()).transpose().map_err(StoreError::corrupt)?,
        name: row.name,
        roles: serde_json::from_str(&row.roles).map_err(StoreError::corrupt)?,
        queues: serde_json::from_str::<Vec<QueueName>>(&row.queues).map_err(StoreError::corrupt)?,
        created_at: Timestamp::from_millis(row.created_at),
        created_by: row.created_by,
        expires_at: row.expires_at.map(Timestamp::from_millis),
        revoked_at: row.revoked_at.map(Timestamp::from_millis),
        last_used_at: row.last_used_at.map(Timestamp::from_millis),
    })
}
