//! What was answered to a request with an idempotency key, so that its repetition is answered alike.

mod entity;
mod question;

use sea_orm::{ActiveValue::Set, ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use windlass_shared::Timestamp;

use self::entity::{ActiveModel, Column, Entity, Model};
pub use self::question::{Answer, Earlier, Fingerprint, MOST_ANSWER_BYTES, Question};
use crate::error::StoreError;
use crate::store::Store;
use crate::text::storable;

/// What was answered to requests with an idempotency key.
#[derive(Debug, Clone)]
pub struct Answers {
    store: Store,
}

impl Answers {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    /// What is known of a request that arrives; `None` for one whose key is new.
    pub async fn look(&self, question: &Question) -> Result<Option<Earlier>, StoreError> {
        let Some(row) = Entity::find().filter(is(question)).one(self.store.reading()).await? else {
            return Ok(None);
        };
        if row.fingerprint == question.fingerprint.to_string() {
            answer(row).map(Earlier::Answered).map(Some)
        } else {
            Ok(Some(Earlier::Other))
        }
    }

    /// Keeps the answers to requests, all in one transaction. Of several to the same key the first one that is kept stands.
    pub async fn keep(&self, answered: &[(Question, Answer)], now: Timestamp) -> Result<(), StoreError> {
        let transaction = self.store.begin().await?;
        for (question, answer) in answered {
            let row = ActiveModel {
                organization: Set(question.organization.to_string()),
                key: Set(storable(&question.key)),
                fingerprint: Set(question.fingerprint.to_string()),
                status: Set(i32::from(answer.status)),
                body: Set(storable(&answer.body)),
                location: Set(answer.location.as_deref().map(storable)),
                created_at: Set(now.as_millis()),
            };
            let insert = Entity::insert(row).on_conflict_do_nothing_on([Column::Organization, Column::Key]);
            insert.exec_without_returning(&transaction).await?;
        }
        transaction.commit().await
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
}

fn is(question: &Question) -> Condition {
    Condition::all()
        .add(Column::Organization.eq(question.organization.as_str()))
        .add(Column::Key.eq(storable(&question.key)))
}

fn answer(row: Model) -> Result<Answer, StoreError> {
    let Model { status, body, location, .. } = row;
    Ok(Answer { status: u16::try_from(status).map_err(StoreError::corrupt)?, body, location })
}
