//! Who did what to what. A row is written before the action, and its outcome after it: one without an outcome is of an
//! action that was begun, and whose end nobody lived to tell.

use crate::steps::{Step, same};

pub(crate) const STEP: Step = Step {
    name: "m0003_audit",
    up: |_| same(&[TABLE, BY_TIME, BY_ORGANIZATION]),
    down: &["DROP TABLE windlass_audit"],
};

const TABLE: &str = "CREATE TABLE windlass_audit (
    id           UUID PRIMARY KEY NOT NULL,
    at           BIGINT NOT NULL,
    organization TEXT,
    actor        TEXT NOT NULL,
    action       TEXT NOT NULL,
    subject      TEXT NOT NULL,
    details      TEXT,
    request_id   TEXT,
    outcome      INTEGER
)";

const BY_TIME: &str = "CREATE INDEX windlass_audit_by_time ON windlass_audit (at, id)";

const BY_ORGANIZATION: &str =
    "CREATE INDEX windlass_audit_by_organization ON windlass_audit (organization, at, id)";
