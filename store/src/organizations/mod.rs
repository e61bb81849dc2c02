mod entity;

use sea_orm::{
    ActiveValue, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, TryInsertResult,
    sea_query::Expr,
};
use windlass_shared::{TenantId, Timestamp};

use self::entity::{ActiveModel, Column, Entity, Model};
use crate::error::StoreError;
use crate::store::Store;
use crate::text::storable;

/// Somebody who has jobs here, apart from all others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id: the tenant of its jobs.
    pub id: TenantId,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Since when it may do nothing any more.
    pub suspended_at: Option<Timestamp>,
}

/// What became of an attempt to make an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Created {
    /// It is new.
    New(Organization),
    /// There was one of this id, which was left as it is.
    Existing(Organization),
}

/// The organizations. Migrations make the first one, `default`.
#[derive(Debug, Clone)]
pub struct Organizations {
    store: Store,
}

impl Organizations {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Makes an organization, unless there is one of this id.
    pub async fn create(&self, id: &TenantId, name: &str, now: Timestamp) -> Result<Created, StoreError> {
        let row = ActiveModel {
            id: ActiveValue::Set(id.to_string()),
            name: ActiveValue::Set(storable(name)),
            created_at: ActiveValue::Set(now.as_millis()),
            suspended_at: ActiveValue::Set(None),
        };
        let insert = Entity::insert(row).on_conflict_do_nothing_on([Column::Id]);
        let is_new = inserted(&insert.exec_without_returning(self.store.writing()).await?) > 0;
        let made = self.get(id).await?.ok_or_else(|| StoreError::corrupt(format!("{id} has disappeared")))?;
        Ok(if is_new { Created::New(made) } else { Created::Existing(made) })
    }

    /// The organization of this id.
    pub async fn get(&self, id: &TenantId) -> Result<Option<Organization>, StoreError> {
        let row = Entity::find_by_id(id.as_str()).one(self.store.reading()).await?;
        row.map(organization).transpose()
    }

    /// At most `most` organizations by id, those behind `after`.
    pub async fn list(&self, after: Option<&TenantId>, most: u64) -> Result<Vec<Organization>, StoreError> {
        let mut rows = Entity::find().order_by_asc(Column::Id).limit(most);
        if let Some(after) = after {
            rows = rows.filter(Column::Id.gt(after.as_str()));
        }
        rows.all(self.store.reading()).await?.into_iter().map(organization).collect()
    }

    /// Gives an organization another name; answers whether there is one of this id.
    pub async fn rename(&self, id: &TenantId, name: &str) -> Result<bool, StoreError> {
        self.change(id, Column::Name, storable(name)).await
    }

    /// Suspends an organization, or, with `None`, ends that; answers whether there is one of this id.
    pub async fn suspend(&self, id: &TenantId, since: Option<Timestamp>) -> Result<bool, StoreError> {
        self.change(id, Column::SuspendedAt, since.map(Timestamp::as_millis)).await
    }

    async fn change(
        &self,
        id: &TenantId,
        column: Column,
        value: impl Into<sea_orm::Value>,
    ) -> Result<bool, StoreError> {
        let change =
            Entity::update_many().col_expr(column, Expr::value(value)).filter(Column::Id.eq(id.as_str()));
        Ok(change.exec(self.store.writing()).await?.rows_affected > 0)
    }
}

fn organization(row: Model) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: row.id.parse().map_err(StoreError::corrupt)?,
        name: row.name,
        created_at: Timestamp::from_millis(row.created_at),
        suspended_at: row.suspended_at.map(Timestamp::from_millis),
    })
}

/// How many rows an insert has made that leaves alone what is there.
pub(crate) fn inserted(result: &TryInsertResult<u64>) -> u64 {
    match result {
        TryInsertResult::Inserted(rows) => *rows,
        TryInsertResult::Empty | TryInsertResult::Conflicted => 0,
    }
}
