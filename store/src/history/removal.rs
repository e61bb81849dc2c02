use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Statement};
use windlass_shared::{JobId, Timestamp};

use super::entity::{Column, Entity};
use super::row;
use crate::bounded::Transaction;
use crate::error::StoreError;
use crate::store::Store;

/// How many jobs one statement names.
const JOBS: usize = 500;

pub(super) async fn delete(store: &Store, jobs: &[JobId]) -> Result<u64, StoreError> {
    let transaction = store.begin().await?;
    let removed = delete_within(&transaction, jobs).await?;
    transaction.commit().await?;
    Ok(removed)
}

/// The rows of tags go with the rows that they belong to.
pub(super) async fn delete_within(transaction: &Transaction, jobs: &[JobId]) -> Result<u64, StoreError> {
    let mut removed = 0;
    for jobs in jobs.chunks(JOBS) {
        let ids = jobs.iter().map(|job| row::uuid(*job));
        let removal = Entity::delete_many().filter(Column::JobId.is_in(ids));
        removed += removal.exec(transaction).await?.rows_affected;
    }
    Ok(removed)
}

pub(super) async fn prune(store: &Store, before: Timestamp, most: u64) -> Result<u64, StoreError> {
    let sql = "DELETE FROM windlass_job_history WHERE (job_id, claim, ended_at) IN (
                   SELECT job_id, claim, ended_at FROM windlass_job_history
                   WHERE ended_at < $1 ORDER BY ended_at, job_id LIMIT $2)";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let database = store.writing();
    let values = [before.as_millis().into(), most.into()];
    let removal = Statement::from_sql_and_values(database.get_database_backend(), sql, values);
    Ok(database.execute_raw(removal).await?.rows_affected())
}
