use sea_orm::{ConnectionTrait, Statement};
use sqlx::{PgExecutor, SqliteExecutor};

use super::{OutboxId, OutboxJob};
use crate::error::StoreError;

const INSERT: &str =
    "INSERT INTO windlass_outbox (id, kind, args, options, organization) VALUES ($1, $2, $3, $4, $5)";

/// Writes a job within a transaction of `sea-orm`. It is enqueued when that has been committed.
pub async fn write<C: ConnectionTrait>(transaction: &C, job: &OutboxJob) -> Result<OutboxId, StoreError> {
    let backend = transaction.get_database_backend();
    let id = OutboxId::from(job.row_id()?);
    let values = [
        id.value(backend)?,
        job.kind.as_str().into(),
        job.args.as_str().into(),
        job.options.clone().into(),
        job.organization.as_str().into(),
    ];
    transaction.execute_raw(Statement::from_sql_and_values(backend, INSERT, values)).await?;
    Ok(id)
}

/// Writes a job within a transaction of `sqlx` on PostgreSQL: pass `&mut *transaction`.
pub async fn write_postgres<'c>(
    transaction: impl PgExecutor<'c>,
    job: &OutboxJob,
) -> Result<OutboxId, StoreError> {
    let id = job.row_id()?;
    let insert = sqlx::query(INSERT).bind(id).bind(job.kind.as_str()).bind(&job.args);
    insert.bind(&job.options).bind(job.organization.as_str()).execute(transaction).await?;
    Ok(id.into())
}

/// Writes a job within a transaction of `sqlx` on SQLite: pass `&mut *transaction`.
pub async fn write_sqlite<'c>(
    transaction: impl SqliteExecutor<'c>,
    job: &OutboxJob,
) -> Result<OutboxId, StoreError> {
    let id = OutboxId::from(job.row_id()?);
    let insert = sqlx::query(INSERT).bind(id.as_str()).bind(job.kind.as_str()).bind(&job.args);
    insert.bind(&job.options).bind(job.organization.as_str()).execute(transaction).await?;
    Ok(id)
}
