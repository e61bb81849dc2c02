//! The groups that jobs are listed by: each is one index, read in its own order.

use rusqlite::types::Value;
use windlass_queue::JobFilter;
use windlass_shared::JobState;

/// What jobs of one state, and one index, are found by.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) state: JobState,
    /// Takes the queue, the state, the key after which to start, and how many rows; gives the row, what a filter
    /// asks for, and the key.
    pub(super) sql: &'static str,
    start: &'static [Start],
}

/// What comes before everything else in a column.
#[derive(Debug)]
enum Start {
    Number,
    Text,
}

/// The groups that may have jobs that `filter` admits, in the order of a job's life.
pub(super) const GROUPS: [Group; 11] = [
    due(JobState::Scheduled),
    Group { state: JobState::Pending, sql: PENDING, start: &[Start::Number] },
    Group { state: JobState::Available, sql: LANE, start: &[Start::Text, Start::Number, Start::Number] },
    Group { state: JobState::Available, sql: SUSPECTS, start: &[Start::Number] },
    Group { state: JobState::Available, sql: PARKED, start: &[Start::Text, Start::Number] },
    Group { state: JobState::Available, sql: UNSERVED, start: &[Start::Text, Start::Number] },
    Group { state: JobState::Running, sql: RUNNING, start: &[Start::Text, Start::Number] },
    due(JobState::Retryable),
    finished(JobState::Completed),
    finished(JobState::Cancelled),
    finished(JobState::Discarded),
];

const fn due(state: JobState) -> Group {
    Group { state, sql: DUE, start: &[Start::Number, Start::Number] }
}

const fn finished(state: JobState) -> Group {
    Group { state, sql: FINISHED, start: &[Start::Number, Start::Number] }
}

impl Group {
    pub(super) fn is_wanted(&self, filter: &JobFilter) -> bool {
        filter.state.is_none_or(|state| state == self.state)
    }

    /// The key before the first one.
    pub(super) fn start(&self) -> Vec<Value> {
        let value = |start: &Start| match start {
            Start::Number => Value::Integer(i64::MIN),
            Start::Text => Value::Text(String::new()),
        };
        self.start.iter().map(value).collect()
    }
}

const DUE: &str = "SELECT seq, kind, tenant, created_at, run_at, seq FROM jobs
    WHERE queue = ?1 AND state = ?2 AND state IN (1, 5) AND (run_at, seq) > (?3, ?4)
    ORDER BY run_at, seq LIMIT ?5";

const PENDING: &str = "SELECT seq, kind, tenant, created_at, seq FROM jobs
    WHERE queue = ?1 AND state = 2 AND state = ?2 AND seq > ?3 ORDER BY seq LIMIT ?4";

const LANE: &str = "SELECT seq, kind, tenant, created_at, tenant, priority, position FROM jobs
    WHERE queue = ?1 AND state = 3 AND state = ?2 AND place = 0
    AND (tenant, priority, position) > (?3, ?4, ?5) ORDER BY tenant, priority, position LIMIT ?6";

const SUSPECTS: &str = "SELECT seq, kind, tenant, created_at, position FROM jobs
    WHERE queue = ?1 AND state = 3 AND state = ?2 AND place = 1 AND position > ?3 ORDER BY position LIMIT ?4";

const PARKED: &str = "SELECT seq, kind, tenant, created_at, parked_by, parking FROM jobs
    WHERE queue = ?1 AND state = 3 AND state = ?2 AND place = 2
    AND (parked_by, parking) > (?3, ?4) ORDER BY parked_by, parking LIMIT ?5";

const UNSERVED: &str = "SELECT seq, kind, tenant, created_at, kind, parking FROM jobs
    WHERE queue = ?1 AND state = 3 AND state = ?2 AND place = 3
    AND (kind, parking) > (?3, ?4) ORDER BY kind, parking LIMIT ?5";

const RUNNING: &str = "SELECT seq, kind, tenant, created_at, hex(worker), seq FROM jobs
    WHERE queue = ?1 AND state = 4 AND state = ?2 AND (worker, seq) > (unhex(?3), ?4)
    ORDER BY worker, seq LIMIT ?5";

const FINISHED: &str = "SELECT seq, kind, tenant, created_at, finished_at, seq FROM jobs
    WHERE queue = ?1 AND state = ?2 AND state >= 6 AND (finished_at, seq) > (?3, ?4)
    ORDER BY finished_at, seq LIMIT ?5";
