//! What was answered to a request with an idempotency key, so that its repetition is answered alike.

mod entity;
mod question;

use std::time::Duration;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Expr,
};
use windlass_shared::Timestamp;

use self::entity::{ActiveModel, Column, Entity, Model};
pub use self::question::{Answer, Begun, Fingerprint, MOST_ANSWER_BYTES, Question};
use crate::error::StoreError;
use crate::organizations::inserted;
use crate::store::Store;
use crate::text::storable;

/// What was answered to requests with an idempotency key.
#[derive(Debug, Clone)]
pub struct Answers {
    store: Store,
}

impl Answers {
    /// How long a request is believed to be still at work. The process of an older one has died, and its repetition is
    /// let through: what it does must bear that, as an enqueue with an idempotency key does.
    pub const LONGEST_RUN: Duration = Duration::from_mins(1);

    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// Begins the work on a request, unless there is an answer already or somebody is at work on it.
    pub async fn begin(&self, question: &Question, now: Timestamp) -> Result<Begun, StoreError> {
        let row = ActiveModel {
            organization: Set(question.organization.to_string()),
            key: Set(storable(&question.key)),
            fingerprint: Set(question.fingerprint.to_string()),
            status: Set(None),
            body: Set(None),
            location: Set(None),
            created_at: Set(now.as_millis()),
        };
        let insert = Entity::insert(row).on_conflict_do_nothing_on([Column::Organization, Column::Key]);
        if inserted(&insert.exec_without_returning(self.store.writing()).await?) > 0 {
            return Ok(Begun::New);
        }
        // The newest state is with the connection that writes; it may have gone meanwhile, which is as if it were at work.
        let Some(row) = Entity::find().filter(is(question)).one(self.store.writing()).await? else {
            return Ok(Begun::Running);
        };
        if row.fingerprint != question.fingerprint.to_string() {
            return Ok(Begun::Other);
        }
        if let Some(answer) = answer(&row)? {
            return Ok(Begun::Answered(answer));
        }
        self.take_over(question, row.created_at, now).await
    }

    /// Keeps the answer to a request that was begun.
    pub async fn finish(&self, question: &Question, answer: &Answer) -> Result<(), StoreError> {
        let change = Entity::update_many()
            .col_expr(Column::Status, Expr::value(i32::from(answer.status)))
            .col_expr(Column::Body, Expr::value(storable(&answer.body)))
            .col_expr(Column::Location, Expr::value(answer.location.as_deref().map(storable)))
            .filter(is(question))
            .filter(Column::Fingerprint.eq(question.fingerprint.to_string()));
        change.exec(self.store.writing()).await?;
        Ok(())
    }

    /// Forgets a request that was begun and came to no answer worth keeping, so that it can be made again at once.
    pub async fn abandon(&self, question: &Question) -> Result<(), StoreError> {
        let removal = Entity::delete_many().filter(is(question)).filter(Column::Status.is_null());
        removal.exec(self.store.writing()).await?;
        Ok(())
    }

    /// Removes at most `most` answers from before this moment, the oldest first; answers how many.
    pub async fn prune(&self, before: Timestamp, most: u64) -> Result<u64, StoreError> {
        let old = Entity::find()
            .filter(Column::CreatedAt.lt(before.as_millis()))
            .order_by_asc(Column::CreatedAt)
            .limit(most)
            .all(self.store.reading())
            .await?;
        let mut removed = 0;
        for row in old {
            let this = Entity::delete_many()
                .filter(Column::Organization.eq(row.organization))
                .filter(Column::Key.eq(row.key))
                .filter(Column::CreatedAt.eq(row.created_at));
            removed += this.exec(self.store.writing()).await?.rows_affected;
        }
        Ok(removed)
    }

    /// Of several that take over a request whose process has died, one succeeds.
    async fn take_over(&self, question: &Question, begun: i64, now: Timestamp) -> Result<Begun, StoreError> {
        if now.since(Timestamp::from_millis(begun)) < Self::LONGEST_RUN {
            return Ok(Begun::Running);
        }
        let change = Entity::update_many()
            .col_expr(Column::CreatedAt, Expr::value(now.as_millis()))
            .filter(is(question))
            .filter(Column::CreatedAt.eq(begun))
            .filter(Column::Status.is_null());
        let is_ours = change.exec(self.store.writing()).await?.rows_affected > 0;
        Ok(if is_ours { Begun::New } else { Begun::Running })
    }
}

fn is(question: &Question) -> Condition {
    Condition::all()
        .add(Column::Organization.eq(question.organization.as_str()))
        .add(Column::Key.eq(storable(&question.key)))
}

fn answer(row: &Model) -> Result<Option<Answer>, StoreError> {
    let Some(status) = row.status else { return Ok(None) };
    Ok(Some(Answer {
        status: u16::try_from(status).map_err(StoreError::corrupt)?,
        body: row.body.clone().unwrap_or_default(),
        location: row.location.clone(),
    }))
}
