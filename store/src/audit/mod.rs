//! Who did what to what: written before the action, its outcome after it, so that nothing is done unnoted.

mod entity;
mod entry;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use windlass_shared::Timestamp;

use self::entity::{ActiveModel, Column, Entity};
pub use self::entry::{AuditEntry, AuditFilter, AuditId, NewAuditEntry};
use crate::error::StoreError;
use crate::id;
use crate::store::Store;
use crate::text::storable;

/// The audit log.
#[derive(Debug, Clone)]
pub struct Audit {
    store: Store,
}

impl Audit {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Notes that an action begins. Who cannot note it should not do it.
    pub async fn begin(&self, new: NewAuditEntry, now: Timestamp) -> Result<AuditId, StoreError> {
        let id = id::new(now)?;
        let row = ActiveModel {
            id: Set(id),
            at: Set(now.as_millis()),
            organization: Set(new.organization.map(|id| id.to_string())),
            actor: Set(storable(&new.actor)),
            action: Set(storable(&new.action)),
            subject: Set(storable(&new.subject)),
            details: Set(new.details.map(|details| details.to_string())),
            request_id: Set(new.request_id.as_deref().map(storable)),
            outcome: Set(None),
        };
        Entity::insert(row).exec_without_returning(self.store.writing()).await?;
        Ok(AuditId(id))
    }

    /// Notes how the action ended, as a status code of HTTP.
    pub async fn end(&self, id: AuditId, outcome: u16) -> Result<(), StoreError> {
        let change = Entity::update_many()
            .col_expr(Column::Outcome, Expr::value(i32::from(outcome)))
            .filter(Column::Id.eq(id.0));
        change.exec(self.store.writing()).await?;
        Ok(())
    }

    /// At most `most` entries that fit, the newest first, those behind the entry `after`.
    pub async fn list(
        &self,
        filter: &AuditFilter,
        after: Option<AuditId>,
        most: u64,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let mut rows = Entity::find()
            .filter(condition(filter))
            .order_by_desc(Column::At)
            .order_by_desc(Column::Id)
            .limit(most);
        if let Some(after) = after {
            let Some(row) = Entity::find_by_id(after.0).one(self.store.reading()).await? else {
                return Ok(Vec::new());
            };
            let same_moment = Condition::all().add(Column::At.eq(row.at)).add(Column::Id.lt(row.id));
            rows = rows.filter(Condition::any().add(Column::At.lt(row.at)).add(same_moment));
        }
        rows.all(self.store.reading()).await?.into_iter().map(entry::entry).collect()
    }

    /// Removes at most `most` entries from before this moment, the oldest first; answers how many.
    pub async fn prune(&self, before: Timestamp, most: u64) -> Result<u64, StoreError> {
        let old = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::At.lt(before.as_millis()))
            .order_by_asc(Column::At)
            .limit(most);
        let removal =
            Entity::delete_many().filter(Column::Id.in_subquery(sea_orm::QueryTrait::into_query(old)));
        Ok(removal.exec(self.store.writing()).await?.rows_affected)
    }
}

fn condition(filter: &AuditFilter) -> Condition {
    let AuditFilter { organization, actor, action, subject, from, until } = filter;
    Condition::all()
        .add_option(organization.as_ref().map(|id| Column::Organization.eq(id.as_str())))
        .add_option(actor.as_ref().map(|actor| Column::Actor.eq(storable(actor))))
        .add_option(action.as_ref().map(|action| Column::Action.eq(storable(action))))
        .add_option(subject.as_ref().map(|subject| Column::Subject.eq(storable(subject))))
        .add_option(from.map(|from| Column::At.gte(from.as_millis())))
        .add_option(until.map(|until| Column::At.lt(until.as_millis())))
}
