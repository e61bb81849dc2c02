use sea_orm::EntityTrait;
use secrecy::SecretString;
use subtle::ConstantTimeEq;
use windlass_shared::Timestamp;

use super::entity::{self, Entity};
use super::{ApiKey, text};
use crate::error::StoreError;
use crate::store::Store;

/// What a text that was shown as a key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyCheck {
    /// A key that holds.
    Holds(ApiKey),
    /// None that holds.
    Refused(KeyRefusal),
}

/// Why a text is no key that holds. It is for the log: who shows a wrong key learns nothing about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyRefusal {
    /// It never was one, as far as is known.
    Unknown,
    /// Its time is over.
    Expired(ApiKey),
    /// It was taken back.
    Revoked(ApiKey),
    /// Its organization is suspended.
    Suspended(ApiKey),
}

pub(super) async fn check(
    store: &Store,
    shown: &SecretString,
    now: Timestamp,
) -> Result<KeyCheck, StoreError> {
    let unknown = Ok(KeyCheck::Refused(KeyRefusal::Unknown));
    let Some(id) = text::id_in(shown) else { return unknown };
    let Some(row) = Entity::find_by_id(id.as_str()).one(store.reading()).await? else { return unknown };
    let hash = text::hash(store.secret(), shown);
    if hash.is_empty() || !bool::from(hash.as_bytes().ct_eq(row.hash.as_bytes())) {
        return unknown;
    }
    let key = entity::key(row)?;
    let refusal = if key.revoked_at.is_some() {
        KeyRefusal::Revoked(key)
    } else if key.expires_at.is_some_and(|end| end <= now) {
        KeyRefusal::Expired(key)
    } else if is_suspended(store, &key).await? {
        KeyRefusal::Suspended(key)
    } else {
        return Ok(KeyCheck::Holds(key));
    };
    Ok(KeyCheck::Refused(refusal))
}

async fn is_suspended(store: &Store, key: &ApiKey) -> Result<bool, StoreError> {
    let Some(organization) = &key.organization else { return Ok(false) };
    let organization = store.organizations().get(organization).await?;
    Ok(organization.is_none_or(|organization| organization.suspended_at.is_some()))
}
