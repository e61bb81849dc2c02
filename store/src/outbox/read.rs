use sea_orm::{ConnectionTrait, QueryResult, Statement};
use windlass_shared::Timestamp;

use super::{OutboxId, OutboxRow};
use crate::error::StoreError;

pub(super) const COLUMNS: &str =
    "CAST(id AS TEXT) AS id, kind, args, options, organization, created_at, failed_at, error";

/// A column that does not hold what it should, in words for whoever wrote the row.
pub(super) type Fault = String;

/// The rows, each as far as it can be read. One that cannot must not keep the others from being read.
pub(super) async fn rows<C: ConnectionTrait>(
    database: &C,
    ask: Statement,
) -> Result<Vec<(OutboxRow, Option<Fault>)>, StoreError> {
    database.query_all_raw(ask).await?.iter().map(row).collect()
}

fn row(row: &QueryResult) -> Result<(OutboxRow, Option<Fault>), StoreError> {
    let mut reader = Reader { row, fault: None };
    let read = OutboxRow {
        id: OutboxId::found(row.try_get("", "id")?),
        kind: reader.text("kind").unwrap_or_default(),
        args: reader.text("args").unwrap_or_default(),
        options: reader.text("options"),
        organization: reader.text("organization").unwrap_or_default(),
        created_at: reader.moment("created_at").unwrap_or(Timestamp::EARLIEST),
        failed_at: reader.moment("failed_at"),
        error: reader.text("error"),
    };
    Ok((read, reader.fault))
}

/// Reads the columns of a row, and keeps the first fault that it finds.
struct Reader<'a> {
    row: &'a QueryResult,
    fault: Option<Fault>,
}

impl Reader<'_> {
    /// A text. Of what is none, so much is shown that its writer recognizes it.
    fn text(&mut self, column: &str) -> Option<String> {
        if let Ok(text) = self.row.try_get("", column) {
            return text;
        }
        self.fault.get_or_insert_with(|| format!("`{column}` is not a text in UTF-8"));
        let bytes: Vec<u8> = self.row.try_get("", column).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn moment(&mut self, column: &str) -> Option<Timestamp> {
        if let Ok(millis) = self.row.try_get::<Option<i64>>("", column) {
            return millis.map(Timestamp::from_millis);
        }
        self.fault.get_or_insert_with(|| format!("`{column}` is not a whole number of milliseconds"));
        None
    }
}
