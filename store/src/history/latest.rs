use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect};
use sea_orm::{ConnectionTrait, Statement};
use serde::Serialize;
use uuid::Uuid;
use windlass_shared::JobId;

use super::entity::{Column, Entity};
use super::row;
use crate::bounded::Transaction;
use crate::error::StoreError;

/// How many jobs one statement names.
const JOBS: usize = 500;

/// The key of a row. They are in the order in which things happened: of the engine's clock, because an engine that has lost
/// its last changes hands out numbers of claims again, and the lower one may be the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Key {
    job_id: Uuid,
    ended_at: i64,
    claim: i64,
}

/// Takes the mark of being the newest from rows of these jobs that have a newer one beside them.
///
/// The marked rows are read and compared here: almost every job has one only, and a statement that looks for a newer one
/// beside each is planned well or badly by what the database happens to believe about the table.
pub(super) async fn unmark_older(transaction: &Transaction, jobs: &[JobId]) -> Result<(), StoreError> {
    let mut marked = Vec::with_capacity(jobs.len());
    for jobs in jobs.chunks(JOBS) {
        let rows = Entity::find()
            .select_only()
            .columns([Column::JobId, Column::Claim, Column::EndedAt])
            .filter(Column::JobId.is_in(jobs.iter().map(|job| row::uuid(*job))))
            .filter(Column::Latest.eq(true))
            .into_tuple::<(Uuid, i64, i64)>();
        let keys = rows.all(transaction).await?.into_iter();
        marked.extend(keys.map(|(job_id, claim, ended_at)| Key { job_id, ended_at, claim }));
    }
    unmark(transaction, &older(marked)).await
}

/// Those that another one of the same job follows.
fn older(mut marked: Vec<Key>) -> Vec<Key> {
    marked.sort_unstable();
    marked.windows(2).filter(|pair| pair[0].job_id == pair[1].job_id).map(|pair| pair[0]).collect()
}

async fn unmark(transaction: &Transaction, keys: &[Key]) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    if transaction.get_database_backend() == DbBackend::Postgres {
        let sql = "UPDATE windlass_job_history AS row SET latest = FALSE
                   FROM json_to_recordset(CAST($1 AS JSON)) AS old(job_id UUID, claim BIGINT, ended_at BIGINT)
                   WHERE row.job_id = old.job_id AND row.claim = old.claim AND row.ended_at = old.ended_at";
        let keys = serde_json::to_string(keys).map_err(StoreError::corrupt)?;
        let change = Statement::from_sql_and_values(DbBackend::Postgres, sql, [keys.into()]);
        transaction.execute_raw(change).await?;
        return Ok(());
    }
    for key in keys {
        let change = Entity::update_many()
            .col_expr(Column::Latest, Expr::value(false))
            .filter(Column::JobId.eq(key.job_id))
            .filter(Column::Claim.eq(key.claim))
            .filter(Column::EndedAt.eq(key.ended_at));
        change.exec(transaction).await?;
    }
    Ok(())
}
