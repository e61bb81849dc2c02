//! What was answered to a request that carried an idempotency key, so that its repetition is answered alike.

use crate::steps::{Step, same};

pub(crate) const STEP: Step =
    Step { name: "m0006_answers", up: |_| same(&[TABLE, BY_AGE]), down: &["DROP TABLE windlass_answers"] };

const TABLE: &str = "CREATE TABLE windlass_answers (
    organization TEXT NOT NULL,
    key          TEXT NOT NULL,
    fingerprint  TEXT NOT NULL,
    status       INTEGER NOT NULL,
    body         TEXT NOT NULL,
    location     TEXT,
    created_at   BIGINT NOT NULL,
    PRIMARY KEY (organization, key)
)";

const BY_AGE: &str = "CREATE INDEX windlass_answers_by_age ON windlass_answers (created_at)";
