use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use windlass_shared::{QueueName, Timestamp};

use self::entity::{ActiveModel, Column, Entity, Model};
use super::{Gap, QueuePosition, Step};
use crate::bounded::Transaction;
use crate::error::StoreError;

mod entity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "windlass_positions")]
    pub(crate) struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub(crate) queue: String,
        pub(crate) position: String,
        pub(crate) moved_at: i64,
        pub(crate) recorded: i64,
        pub(crate) missed: i64,
        pub(crate) repaired: i64,
        pub(crate) gaps: i64,
        pub(crate) last_gap_at: Option<i64>,
        pub(crate) repaired_gaps: i64,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub(crate) enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What stands where nobody has read events yet. No reader's position is empty.
const NOWHERE: &str = "";

pub(super) async fn get<C: ConnectionTrait>(
    database: &C,
    queue: &QueueName,
) -> Result<Option<QueuePosition>, StoreError> {
    Entity::find_by_id(queue.as_str()).one(database).await?.map(position).transpose()
}

pub(super) async fn all<C: ConnectionTrait>(database: &C) -> Result<Vec<QueuePosition>, StoreError> {
    Entity::find().order_by_asc(Column::Queue).all(database).await?.into_iter().map(position).collect()
}

/// Takes the step, if the position is where it begins; answers whether it was. From then on the row is this
/// transaction's, so that recordings of one queue go one after the other, repairs as well: they change it to what it is.
pub(super) async fn take(
    transaction: &Transaction,
    queue: &QueueName,
    step: &Step,
    now: Timestamp,
) -> Result<bool, StoreError> {
    make(transaction, queue, now).await?;
    let (holds, change) = match step {
        Step::Advance { from, to } => {
            let change = Entity::update_many()
                .col_expr(Column::Position, Expr::value(to.as_str()))
                .col_expr(Column::MovedAt, Expr::value(now.as_millis()));
            (from, change)
        }
        Step::Repair { at } => {
            (at, Entity::update_many().col_expr(Column::Repaired, Expr::col(Column::Repaired)))
        }
    };
    let change = change
        .filter(Column::Queue.eq(queue.as_str()))
        .filter(Column::Position.eq(holds.as_deref().unwrap_or(NOWHERE)));
    Ok(change.exec(transaction).await?.rows_affected > 0)
}

/// Adds what was recorded, or repaired, and what was lost.
pub(super) async fn count(
    transaction: &Transaction,
    queue: &QueueName,
    step: &Step,
    new: u64,
    gap: Option<Gap>,
) -> Result<(), StoreError> {
    let column = match step {
        Step::Advance { .. } => Column::Recorded,
        Step::Repair { .. } => Column::Repaired,
    };
    let mut change = Entity::update_many()
        .col_expr(column, Expr::col(column).add(signed(new)))
        .filter(Column::Queue.eq(queue.as_str()));
    if let Some(gap) = gap {
        change = change
            .col_expr(Column::Missed, Expr::col(Column::Missed).add(signed(gap.missed)))
            .col_expr(Column::Gaps, Expr::col(Column::Gaps).add(1_i64))
            .col_expr(Column::LastGapAt, Expr::value(gap.at.as_millis()));
    }
    change.exec(transaction).await?;
    Ok(())
}

/// Notes that this many gaps have been repaired, unless more have been.
pub(super) async fn repaired<C: ConnectionTrait>(
    database: &C,
    queue: &QueueName,
    gaps: u64,
) -> Result<(), StoreError> {
    let change = Entity::update_many()
        .col_expr(Column::RepairedGaps, Expr::value(signed(gaps)))
        .filter(Column::Queue.eq(queue.as_str()))
        .filter(Column::RepairedGaps.lt(signed(gaps)));
    change.exec(database).await?;
    Ok(())
}

/// Makes the row of a queue, unless it is there.
async fn make(transaction: &Transaction, queue: &QueueName, now: Timestamp) -> Result<(), StoreError> {
    let row = ActiveModel {
        queue: Set(queue.to_string()),
        position: Set(NOWHERE.to_owned()),
        moved_at: Set(now.as_millis()),
        recorded: Set(0),
        missed: Set(0),
        repaired: Set(0),
        gaps: Set(0),
        last_gap_at: Set(None),
        repaired_gaps: Set(0),
    };
    Entity::insert(row)
        .on_conflict_do_nothing_on([Column::Queue])
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

fn position(row: Model) -> Result<QueuePosition, StoreError> {
    let number = |number| u64::try_from(number).map_err(StoreError::corrupt);
    Ok(QueuePosition {
        queue: row.queue.parse().map_err(StoreError::corrupt)?,
        position: Some(row.position).filter(|position| position != NOWHERE),
        moved_at: Timestamp::from_millis(row.moved_at),
        recorded: number(row.recorded)?,
        missed: number(row.missed)?,
        repaired: number(row.repaired)?,
        gaps: number(row.gaps)?,
        last_gap_at: row.last_gap_at.map(Timestamp::from_millis),
        repaired_gaps: number(row.repaired_gaps)?,
    })
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
