//! Jobs that applications write within transactions of their own; the relay moves them to the queue. Anybody who speaks
//! SQL may insert a row with `id`, `kind` and `args`; the rest has defaults.
//!
//! SQLite keeps whatever it is given in any column. What PostgreSQL would not take is refused there too, while its writer
//! can still see it. An id is a text there, because that is what other languages write, in letters of either case.

use sea_orm_migration::sea_orm::DbBackend;

use crate::steps::{Step, now_millis};

pub(crate) const STEP: Step = Step { name: "m0007_outbox", up, down: &["DROP TABLE windlass_outbox"] };

fn up(backend: DbBackend) -> Vec<String> {
    let now = now_millis(backend);
    let (id, checks) = match backend {
        DbBackend::Postgres => ("UUID", String::new()),
        _ => ("TEXT COLLATE NOCASE", checks()),
    };
    vec![
        format!(
            "CREATE TABLE windlass_outbox (
                id           {id} PRIMARY KEY NOT NULL,
                kind         TEXT NOT NULL,
                args         TEXT NOT NULL,
                options      TEXT,
                organization TEXT NOT NULL DEFAULT 'default',
                created_at   BIGINT NOT NULL DEFAULT {now},
                due_at       BIGINT,
                failed_at    BIGINT,
                error        TEXT{checks}
            )"
        ),
        // In the order in which rows are taken: one that was put off goes behind those that were written before its time.
        "CREATE INDEX windlass_outbox_waiting ON windlass_outbox (coalesce(due_at, created_at), id)
            WHERE failed_at IS NULL"
            .to_owned(),
        "CREATE INDEX windlass_outbox_failed ON windlass_outbox (failed_at, id) WHERE failed_at IS NOT NULL"
            .to_owned(),
    ]
}

/// What SQLite has to be told to look at.
fn checks() -> String {
    let digits = |many| "[0-9A-Fa-f]".repeat(many);
    let uuid = [8, 4, 4, 4, 12].map(digits).join("-");
    let column =
        |(name, kinds): (&str, &str)| format!(",\n                CHECK (typeof({name}) IN ({kinds}))");
    let columns = [
        ("id", "'text'"),
        ("kind", "'text'"),
        ("args", "'text'"),
        ("options", "'text', 'null'"),
        ("organization", "'text'"),
        ("created_at", "'integer'"),
        ("due_at", "'integer', 'null'"),
        ("failed_at", "'integer', 'null'"),
        ("error", "'text', 'null'"),
    ];
    let columns: String = columns.map(column).concat();
    format!(",\n                CHECK (id GLOB '{uuid}'){columns}")
}
