-- Instants are milliseconds since the epoch, durations are milliseconds, states are the codes of `JobState`.
-- What is expected to come has its place already: a parked job gets a `place` of its own, so that it leaves the
-- lane's index; slots of limits and keys of uniqueness get tables of their own beside `armed` and `tombstones`.

-- The queues that exist. A number is part of the ids of a queue's jobs and is never given to another queue.
CREATE TABLE queues (
    number        INTEGER PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    last_position INTEGER NOT NULL DEFAULT 0,   -- the back of all lanes
    last_tenant   TEXT    NOT NULL DEFAULT ''   -- whose turn was the last
) STRICT;

-- What changes in a job's life. Rows are small, because every change writes the whole row.
CREATE TABLE jobs (
    seq              INTEGER PRIMARY KEY,
    id               BLOB    NOT NULL UNIQUE,
    queue            INTEGER NOT NULL,
    tenant           TEXT    NOT NULL,
    kind             TEXT    NOT NULL,
    priority         INTEGER NOT NULL,
    state            INTEGER NOT NULL,
    place            INTEGER NOT NULL DEFAULT 0,   -- of an available job: 0 in its lane, 1 among the suspects
    position         INTEGER NOT NULL,             -- kept while running, so that what comes back is in front
    attempt          INTEGER NOT NULL DEFAULT 0,
    max_attempts     INTEGER NOT NULL,
    claims           INTEGER NOT NULL DEFAULT 0,
    ends             INTEGER NOT NULL DEFAULT 0,   -- which of the last 8 claims their owners ended, newest lowest
    deaths           INTEGER NOT NULL DEFAULT 0,
    alone            INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    timeout          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    run_at           INTEGER NOT NULL,
    attempted_at     INTEGER,
    finished_at      INTEGER,
    worker           BLOB,
    percent          INTEGER NOT NULL DEFAULT 0,
    message          TEXT,
    result           BLOB
) STRICT;

-- A job stands in exactly one of these, by its state; so no cost grows with what is in the others. A question must
-- repeat the condition of its index to the letter. (A list of three or more would be a table built for every write.)
CREATE INDEX lane     ON jobs (queue, tenant, priority, position) WHERE state = 3 AND place = 0;
CREATE INDEX suspects ON jobs (queue, position)                   WHERE state = 3 AND place = 1;
CREATE INDEX due      ON jobs (queue, state, run_at)              WHERE state IN (1, 5);
CREATE INDEX running  ON jobs (queue, worker)                     WHERE state = 4;
CREATE INDEX finished ON jobs (queue, state, finished_at)         WHERE state >= 6;
-- Hardly ever has an entry.
CREATE INDEX cancels  ON jobs (queue, worker)                     WHERE state = 4 AND cancel_requested = 1;

-- What never changes, apart from the small rows above.
CREATE TABLE payloads (
    job       INTEGER PRIMARY KEY,
    tags      TEXT NOT NULL,   -- joined by commas
    tombstone INTEGER,
    args      BLOB NOT NULL
) STRICT;

-- How attempts failed, one a claim at most.
CREATE TABLE failures (
    job     INTEGER NOT NULL,
    claim   INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    message TEXT    NOT NULL,
    PRIMARY KEY (job, claim)
) STRICT, WITHOUT ROWID;

CREATE TABLE log_lines (
    job     INTEGER NOT NULL,
    number  INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    line    TEXT    NOT NULL,
    PRIMARY KEY (job, number)
) STRICT, WITHOUT ROWID;

-- How many jobs are in each state, so that nobody has to count.
CREATE TABLE counts (
    queue INTEGER NOT NULL,
    state INTEGER NOT NULL,
    jobs  INTEGER NOT NULL,
    PRIMARY KEY (queue, state)
) STRICT, WITHOUT ROWID;

-- Ids that are remembered after their jobs are gone.
CREATE TABLE tombstones (
    id    BLOB    PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_by_end ON tombstones (until);

-- Workers that live, and the newest beat of each in each queue that it serves.
CREATE TABLE workers (
    worker BLOB PRIMARY KEY,
    info   TEXT NOT NULL   -- JSON
) STRICT, WITHOUT ROWID;

CREATE TABLE beats (
    queue  INTEGER NOT NULL,
    worker BLOB    NOT NULL,
    beat   INTEGER NOT NULL,
    PRIMARY KEY (queue, worker)
) STRICT, WITHOUT ROWID;
CREATE INDEX beats_by_worker ON beats (worker);

-- Workers that have free slots and want to be woken.
CREATE TABLE armed (
    queue  INTEGER NOT NULL,
    worker BLOB    NOT NULL,
    PRIMARY KEY (queue, worker)
) STRICT, WITHOUT ROWID;
