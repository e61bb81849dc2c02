use sea_orm::{ConnectionTrait, Statement};
use windlass_shared::{TenantId, Timestamp};

use super::read::{COLUMNS, rows};
use super::{Outbox, OutboxId, OutboxRow};
use crate::error::StoreError;

/// How much there is in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxDepth {
    /// How many rows wait to be relayed.
    pub waiting: u64,
    /// When the oldest of them was written.
    pub oldest: Option<Timestamp>,
    /// How many were refused, and wait for somebody.
    pub failed: u64,
}

impl Outbox {
    /// How much there is. What is written in a transaction that has not been committed does not count.
    pub async fn depth(&self) -> Result<OutboxDepth, StoreError> {
        let database = self.store.reading();
        let sql = "SELECT count(*) - count(failed_at) AS waiting, count(failed_at) AS failed,
                       CAST(min(CASE WHEN failed_at IS NULL THEN created_at END) AS BIGINT) AS oldest
                   FROM windlass_outbox";
        let ask = Statement::from_string(database.get_database_backend(), sql);
        let Some(row) = database.query_one_raw(ask).await? else {
            return Err(StoreError::corrupt("a count without an answer"));
        };
        let number = |column| u64::try_from(row.try_get::<i64>("", column)?).map_err(StoreError::corrupt);
        Ok(OutboxDepth {
            waiting: number("waiting")?,
            oldest: row.try_get::<Option<i64>>("", "oldest")?.map(Timestamp::from_millis),
            failed: number("failed")?,
        })
    }

    /// At most `most` rows that were refused, those refused last first, those behind the row `after`: of an organization
    /// or, with `None`, of all.
    pub async fn failed(
        &self,
        of: Option<&TenantId>,
        after: Option<&OutboxId>,
        most: u64,
    ) -> Result<Vec<OutboxRow>, StoreError> {
        let database = self.store.reading();
        let backend = database.get_database_backend();
        let mut conditions = vec!["failed_at IS NOT NULL".to_owned()];
        let mut values = Vec::new();
        if let Some(of) = of {
            values.push(of.as_str().into());
            conditions.push(format!("organization = ${}", values.len()));
        }
        if let Some(after) = after {
            values.push(after.value(backend)?);
            let its = format!("(SELECT failed_at, id FROM windlass_outbox WHERE id = ${})", values.len());
            conditions.push(format!("(failed_at, windlass_outbox.id) < {its}"));
        }
        let sql = format!(
            "SELECT {COLUMNS} FROM windlass_outbox WHERE {}
             ORDER BY failed_at DESC, windlass_outbox.id DESC LIMIT {most}",
            conditions.join(" AND ")
        );
        let found = rows(database, Statement::from_sql_and_values(backend, sql, values)).await?;
        Ok(found.into_iter().map(|(row, _)| row).collect())
    }

    /// Lets refused rows be taken again: these, or all of them. Answers how many.
    pub async fn retry(&self, rows: Option<&[OutboxId]>) -> Result<u64, StoreError> {
        self.steer("UPDATE windlass_outbox SET failed_at = NULL, error = NULL", rows).await
    }

    /// Removes refused rows: these, or all of them. Answers how many. A row that waits is not removed: it may be on its way.
    pub async fn remove(&self, rows: Option<&[OutboxId]>) -> Result<u64, StoreError> {
        self.steer("DELETE FROM windlass_outbox", rows).await
    }

    async fn steer(&self, what: &str, rows: Option<&[OutboxId]>) -> Result<u64, StoreError> {
        let database = self.store.writing();
        let backend = database.get_database_backend();
        let Some(rows) = rows else {
            let all = Statement::from_string(backend, format!("{what} WHERE failed_at IS NOT NULL"));
            return Ok(database.execute_raw(all).await?.rows_affected());
        };
        let mut steered = 0;
        for id in rows {
            let sql = format!("{what} WHERE failed_at IS NOT NULL AND id = $1");
            let one = Statement::from_sql_and_values(backend, sql, [id.value(backend)?]);
            steered += database.execute_raw(one).await?.rows_affected();
        }
        Ok(steered)
    }
}
