//! Jobs that applications write within transactions of their own; the relay moves them to the queue. Anybody who speaks
//! SQL may insert a row with `id`, `kind` and `args`; the rest has defaults. On SQLite the id is a text: that is what other
//! languages write there.

use sea_orm_migration::sea_orm::DbBackend;

use crate::steps::{Step, now_millis};

pub(crate) const STEP: Step = Step { name: "m0007_outbox", up, down: &["DROP TABLE windlass_outbox"] };

fn up(backend: DbBackend) -> Vec<String> {
    let now = now_millis(backend);
    let (id, check) = if backend == DbBackend::Postgres {
        ("UUID", "TRUE")
    } else {
        // As PostgreSQL would write it; anything else is refused while its writer can still see it.
        ("TEXT", "typeof(id) = 'text' AND length(id) = 36")
    };
    vec![
        format!(
            "CREATE TABLE windlass_outbox (
                id           {id} PRIMARY KEY NOT NULL CHECK ({check}),
                kind         TEXT NOT NULL,
                args         TEXT NOT NULL,
                options      TEXT,
                organization TEXT NOT NULL DEFAULT 'default',
                created_at   BIGINT NOT NULL DEFAULT {now},
                due_at       BIGINT,
                failed_at    BIGINT,
                error        TEXT
            )"
        ),
        "CREATE INDEX windlass_outbox_waiting ON windlass_outbox (created_at, id) WHERE failed_at IS NULL"
            .to_owned(),
        "CREATE INDEX windlass_outbox_failed ON windlass_outbox (failed_at, id) WHERE failed_at IS NOT NULL"
            .to_owned(),
    ]
}
