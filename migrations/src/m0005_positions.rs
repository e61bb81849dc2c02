//! How far each queue's events have been recorded, and how many were lost before they could be.

use crate::steps::{Step, same};

pub(crate) const STEP: Step =
    Step { name: "m0005_positions", up: |_| same(&[TABLE]), down: &["DROP TABLE windlass_positions"] };

const TABLE: &str = "CREATE TABLE windlass_positions (
    queue         TEXT PRIMARY KEY NOT NULL,
    position      TEXT NOT NULL,
    moved_at      BIGINT NOT NULL,
    recorded      BIGINT NOT NULL,
    missed        BIGINT NOT NULL,
    repaired      BIGINT NOT NULL,
    gaps          BIGINT NOT NULL,
    last_gap_at   BIGINT,
    repaired_gaps BIGINT NOT NULL
)";
