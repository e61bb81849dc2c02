//! The keys that programs show: `wl_<id>_<secret>`. The secret is shown once and kept as a keyed hash only.

mod check;
mod entity;
mod text;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr};
use secrecy::SecretString;
use windlass_shared::{QueueName, TenantId, Timestamp};

pub use self::check::{KeyCheck, KeyRefusal};
use self::entity::{Column, Entity};
pub use self::text::KeyId;
use crate::error::StoreError;
use crate::store::Store;
use crate::text::storable;

/// What is known of a key; never the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id, which is a part of its text.
    pub id: KeyId,
    /// Whose it is; an operator's key of the installation belongs to none.
    pub organization: Option<TenantId>,
    /// What people call it.
    pub name: String,
    /// The roles of who shows it.
    pub roles: Vec<String>,
    /// The queues that it is good for; every queue when empty.
    pub queues: Vec<QueueName>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it, as the audit log writes actors.
    pub created_by: String,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
    /// When it was last shown, to about a minute.
    pub last_used_at: Option<Timestamp>,
}

/// A key that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewApiKey {
    /// Whose it is; an operator's key of the installation belongs to none.
    pub organization: Option<TenantId>,
    /// What people call it.
    pub name: String,
    /// The roles of who shows it.
    pub roles: Vec<String>,
    /// The queues that it is good for; every queue when empty.
    pub queues: Vec<QueueName>,
    /// Who makes it, as the audit log writes actors.
    pub created_by: String,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// A key that has just been made, with its text, which is never to be had again.
#[derive(Debug, Clone)]
pub struct IssuedKey {
    /// What is kept of it.
    pub key: ApiKey,
    /// What its holder shows.
    pub text: SecretString,
}

/// The API keys.
#[derive(Debug, Clone)]
pub struct ApiKeys {
    store: Store,
}

impl ApiKeys {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Makes a key. An organization that does not exist is [`StoreError::Refused`].
    pub async fn create(&self, new: NewApiKey, now: Timestamp) -> Result<IssuedKey, StoreError> {
        let (id, text) = text::draw()?;
        let key = ApiKey {
            id,
            organization: new.organization,
            name: storable(&new.name),
            roles: new.roles,
            queues: new.queues,
            created_at: now,
            created_by: storable(&new.created_by),
            expires_at: new.expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        let hash = text::hash(self.store.secret(), &text);
        let row = entity::row(&key, hash)?;
        Entity::insert(row).exec_without_returning(self.store.writing()).await?;
        Ok(IssuedKey { key, text })
    }

    /// Whether this is the text of a key that holds now, and which.
    pub async fn check(&self, text: &SecretString, now: Timestamp) -> Result<KeyCheck, StoreError> {
        check::check(&self.store, text, now).await
    }

    /// The key of this id, within an organization; with `None`, of whomever it is.
    pub async fn get(&self, id: &KeyId, of: Option<&TenantId>) -> Result<Option<ApiKey>, StoreError> {
        let row = Entity::find().filter(belongs(id, of)).one(self.store.reading()).await?;
        row.map(entity::key).transpose()
    }

    /// At most `most` keys, the oldest first, those behind the key `after`: of an organization, or, with `None`, of all
    /// and of the installation.
    pub async fn list(
        &self,
        of: Option<&TenantId>,
        after: Option<&KeyId>,
        most: u64,
    ) -> Result<Vec<ApiKey>, StoreError> {
        let mut rows = Entity::find().order_by_asc(Column::CreatedAt).order_by_asc(Column::Id).limit(most);
        if let Some(of) = of {
            rows = rows.filter(Column::Organization.eq(of.as_str()));
        }
        if let Some(after) = after {
            let Some(after) = self.get(after, of).await? else { return Ok(Vec::new()) };
            let created_at = after.created_at.as_millis();
            rows = rows.filter(Condition::any().add(Column::CreatedAt.gt(created_at)).add(
                Condition::all().add(Column::CreatedAt.eq(created_at)).add(Column::Id.gt(after.id.as_str())),
            ));
        }
        rows.all(self.store.reading()).await?.into_iter().map(entity::key).collect()
    }

    /// Takes a key back, within an organization or, with `None`, of whomever it is. Answers the key as it is now, or
    /// `None` where there is none; one that was taken back before keeps its time.
    pub async fn revoke(
        &self,
        id: &KeyId,
        of: Option<&TenantId>,
        now: Timestamp,
    ) -> Result<Option<ApiKey>, StoreError> {
        let change = Entity::update_many()
            .col_expr(Column::RevokedAt, Expr::value(now.as_millis()))
            .filter(belongs(id, of))
            .filter(Column::RevokedAt.is_null());
        change.exec(self.store.writing()).await?;
        self.get(id, of).await
    }

    /// Notes that keys were shown. Times only move forward, so notes may come late and in any order.
    pub async fn mark_used(&self, used: &[(KeyId, Timestamp)]) -> Result<(), StoreError> {
        for (id, at) in used {
            let at = at.as_millis();
            let is_older = Condition::any().add(Column::LastUsedAt.is_null()).add(Column::LastUsedAt.lt(at));
            let change = Entity::update_many()
                .col_expr(Column::LastUsedAt, Expr::value(at))
                .filter(Column::Id.eq(id.as_str()))
                .filter(is_older);
            change.exec(self.store.writing()).await?;
        }
        Ok(())
    }
}

fn belongs(id: &KeyId, of: Option<&TenantId>) -> Condition {
    let key = Condition::all().add(Column::Id.eq(id.as_str()));
    match of {
        None => key,
        Some(of) => key.add(Column::Organization.eq(of.as_str())),
    }
}
