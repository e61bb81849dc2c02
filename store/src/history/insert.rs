use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};
use serde::Serialize;

use super::entity::Model;
use super::{JobEnd, row, tags};
use crate::bounded::Transaction;
use crate::error::StoreError;

/// A table, and its columns with their types on PostgreSQL, in the order of [`values`].
struct Table<const COLUMNS: usize> {
    name: &'static str,
    columns: [(&'static str, &'static str); COLUMNS],
}

const HISTORY: Table<21> = Table {
    name: "windlass_job_history",
    columns: [
        ("job_id", "UUID"),
        ("claim", "BIGINT"),
        ("ended_at", "BIGINT"),
        ("organization", "TEXT"),
        ("queue", "TEXT"),
        ("kind", "TEXT"),
        ("verb", "TEXT"),
        ("state", "TEXT"),
        ("is_final", "BOOLEAN"),
        ("latest", "BOOLEAN"),
        ("attempt", "INTEGER"),
        ("max_attempts", "INTEGER"),
        ("priority", "INTEGER"),
        ("created_at", "BIGINT"),
        ("attempted_at", "BIGINT"),
        ("worker", "TEXT"),
        ("error_reason", "TEXT"),
        ("error", "TEXT"),
        ("args", "TEXT"),
        ("result", "TEXT"),
        ("details", "TEXT"),
    ],
};

const TAGS: Table<5> = Table {
    name: "windlass_job_history_tags",
    columns: [
        ("job_id", "UUID"),
        ("claim", "BIGINT"),
        ("ended_at", "BIGINT"),
        ("tag", "TEXT"),
        ("organization", "TEXT"),
    ],
};

/// How many rows a statement has on SQLite. More of them make each one dearer than they save.
const ROWS: usize = 32;

/// How many bytes a statement carries on PostgreSQL, before the row that exceeds them: arguments may be large.
const PORTION: usize = 4 * 1024 * 1024;

/// Inserts the rows that are not there yet; answers how many that were.
pub(super) async fn rows(transaction: &Transaction, rows: &[Model]) -> Result<u64, StoreError> {
    HISTORY.insert(transaction, rows, values).await
}

/// Inserts the tags of these rows, as far as they are not there yet.
pub(super) async fn tags(transaction: &Transaction, ends: &[&JobEnd]) -> Result<(), StoreError> {
    let of_row = |end: &JobEnd| end.tags.iter().map(|tag| row::tag(end, tag)).collect::<Vec<_>>();
    let rows: Vec<tags::Model> = ends.iter().flat_map(|end| of_row(end)).collect();
    TAGS.insert(transaction, &rows, tag_values).await?;
    Ok(())
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    async fn insert<R: Serialize + Sync>(
        &self,
        transaction: &Transaction,
        rows: &[R],
        values: fn(&R) -> [Value; COLUMNS],
    ) -> Result<u64, StoreError> {
        if rows.is_empty() {
            return Ok(0);
        }
        if transaction.get_database_backend() == DbBackend::Postgres {
            return self.insert_as_json(transaction, rows).await;
        }
        let mut new = 0;
        for rows in rows.chunks(ROWS) {
            // Without numbers: SQLite looks each numbered place up by its name, among all of them.
            let row = format!("({})", ["?"; COLUMNS].join(", "));
            let sql = format!(
                "INSERT INTO {} ({}) VALUES {} ON CONFLICT DO NOTHING",
                self.name,
                self.names(),
                vec![row; rows.len()].join(", ")
            );
            let values = rows.iter().flat_map(values);
            let insert = Statement::from_sql_and_values(DbBackend::Sqlite, sql, values);
            new += transaction.execute_raw(insert).await?.rows_affected();
        }
        Ok(new)
    }

    /// Many rows as one parameter of one statement, which is the same however many they are.
    async fn insert_as_json<R: Serialize + Sync>(
        &self,
        transaction: &Transaction,
        rows: &[R],
    ) -> Result<u64, StoreError> {
        let typed = self.columns.map(|(name, kind)| format!("{name} {kind}")).join(", ");
        let names = self.names();
        let sql = format!(
            "INSERT INTO {} ({names}) SELECT {names} FROM json_to_recordset(CAST($1 AS JSON)) AS rows({typed})
             ON CONFLICT DO NOTHING",
            self.name,
        );
        let mut new = 0;
        for portion in portions(rows)? {
            let insert = Statement::from_sql_and_values(DbBackend::Postgres, &sql, [portion.into()]);
            new += transaction.execute_raw(insert).await?.rows_affected();
        }
        Ok(new)
    }

    fn names(&self) -> String {
        self.columns.map(|(name, _)| name).join(", ")
    }
}

/// Lists of rows in JSON, none of them much longer than [`PORTION`].
fn portions<R: Serialize>(rows: &[R]) -> Result<Vec<String>, StoreError> {
    let mut portions: Vec<String> = Vec::new();
    for row in rows {
        let row = serde_json::to_string(row).map_err(StoreError::corrupt)?;
        match portions.last_mut() {
            Some(open) if open.len() < PORTION => {
                open.push(',');
                open.push_str(&row);
            }
            _ => portions.push(format!("[{row}")),
        }
    }
    for portion in &mut portions {
        portion.push(']');
    }
    Ok(portions)
}

fn values(row: &Model) -> [Value; 21] {
    [
        row.job_id.into(),
        row.claim.into(),
        row.ended_at.into(),
        row.organization.as_str().into(),
        row.queue.as_str().into(),
        row.kind.as_str().into(),
        row.verb.as_str().into(),
        row.state.as_str().into(),
        row.is_final.into(),
        row.latest.into(),
        row.attempt.into(),
        row.max_attempts.into(),
        row.priority.into(),
        row.created_at.into(),
        row.attempted_at.into(),
        row.worker.as_deref().into(),
        row.error_reason.as_deref().into(),
        row.error.as_deref().into(),
        row.args.as_deref().into(),
        row.result.as_deref().into(),
        row.details.as_deref().into(),
    ]
}

fn tag_values(row: &tags::Model) -> [Value; 5] {
    [
        row.job_id.into(),
        row.claim.into(),
        row.ended_at.into(),
        row.tag.as_str().into(),
        row.organization.as_str().into(),
    ]
}
