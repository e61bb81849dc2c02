//! The keys that programs show. Only a keyed hash of a key is kept; `roles` and `queues` are JSON lists.

use crate::steps::{Step, same};

pub(crate) const STEP: Step = Step {
    name: "m0002_api_keys",
    up: |_| same(&[TABLE, BY_ORGANIZATION]),
    down: &["DROP TABLE windlass_api_keys"],
};

const TABLE: &str = "CREATE TABLE windlass_api_keys (
    id           TEXT PRIMARY KEY NOT NULL,
    organization TEXT REFERENCES windlass_organizations (id),
    name         TEXT NOT NULL,
    hash         TEXT NOT NULL,
    roles        TEXT NOT NULL,
    queues       TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    created_by   TEXT NOT NULL,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    last_used_at BIGINT
)";

const BY_ORGANIZATION: &str =
    "CREATE INDEX windlass_api_keys_by_organization ON windlass_api_keys (organization, created_at, id)";
