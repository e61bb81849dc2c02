//! What became of jobs: one row for each end of a claim, and for each end without one. `latest` marks the newest row of a
//! job; lists go over those.

use crate::steps::{Step, same};

pub(crate) const STEP: Step = Step {
    name: "m0004_job_history",
    up: |_| same(&[TABLE, BY_TIME, BY_ORGANIZATION, BY_STATE, BY_KIND, BY_QUEUE, BY_ERROR, TAGS, BY_TAG]),
    down: &["DROP TABLE windlass_job_history_tags", "DROP TABLE windlass_job_history"],
};

const TABLE: &str = "CREATE TABLE windlass_job_history (
    job_id       UUID NOT NULL,
    claim        BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    organization TEXT NOT NULL,
    queue        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    verb         TEXT NOT NULL,
    state        TEXT NOT NULL,
    is_final     BOOLEAN NOT NULL,
    latest       BOOLEAN NOT NULL,
    attempt      INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    priority     INTEGER NOT NULL,
    created_at   BIGINT NOT NULL,
    attempted_at BIGINT,
    worker       TEXT,
    error_reason TEXT,
    error        TEXT,
    args         TEXT,
    result       TEXT,
    details      TEXT,
    PRIMARY KEY (job_id, claim, ended_at)
)";

const BY_TIME: &str = "CREATE INDEX windlass_job_history_by_time ON windlass_job_history (ended_at, job_id)";

const BY_ORGANIZATION: &str = "CREATE INDEX windlass_job_history_by_organization
    ON windlass_job_history (organization, ended_at, job_id)";

const BY_STATE: &str = "CREATE INDEX windlass_job_history_by_state
    ON windlass_job_history (organization, state, ended_at, job_id)";

const BY_KIND: &str = "CREATE INDEX windlass_job_history_by_kind
    ON windlass_job_history (organization, kind, ended_at, job_id)";

const BY_QUEUE: &str = "CREATE INDEX windlass_job_history_by_queue
    ON windlass_job_history (organization, queue, ended_at, job_id)";

/// Most jobs fail never, so looking through all that did is not looking through everything.
const BY_ERROR: &str = "CREATE INDEX windlass_job_history_by_error
    ON windlass_job_history (organization, ended_at, job_id) WHERE error IS NOT NULL";

const TAGS: &str = "CREATE TABLE windlass_job_history_tags (
    job_id       UUID NOT NULL,
    claim        BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    tag          TEXT NOT NULL,
    organization TEXT NOT NULL,
    PRIMARY KEY (job_id, claim, ended_at, tag),
    FOREIGN KEY (job_id, claim, ended_at)
        REFERENCES windlass_job_history (job_id, claim, ended_at) ON DELETE CASCADE
)";

const BY_TAG: &str = "CREATE INDEX windlass_job_history_by_tag
    ON windlass_job_history_tags (tag, organization, ended_at, job_id)";
