-- What belongs to a job besides its row: uniqueness, expiry, what it has recorded, and the batch that it is a member of.
-- Most jobs have none of it, so it has tables of its own, and `features` says without a look which of them know the job.

ALTER TABLE jobs ADD COLUMN features   INTEGER NOT NULL DEFAULT 0;   -- the bits of `Features`
ALTER TABLE jobs ADD COLUMN expires_at INTEGER;

-- Jobs that have not started and are given up one day. (Not a list of states, which would be a table built for every write.)
CREATE INDEX expiries ON jobs (queue, expires_at) WHERE expires_at IS NOT NULL AND state <> 4 AND state < 6;
-- Jobs that wait for somebody else's end.
CREATE INDEX pending  ON jobs (queue, seq)        WHERE state = 2;

-- A job may fail without being claimed, so failures have numbers of their own.
ALTER TABLE failures RENAME COLUMN claim TO number;

-- How far results have been dropped, which may be earlier than their jobs go.
ALTER TABLE queues ADD COLUMN results_dropped_at  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE queues ADD COLUMN results_dropped_seq INTEGER NOT NULL DEFAULT 0;

-- What few jobs are enqueued with.
CREATE TABLE extras (
    job         INTEGER PRIMARY KEY,
    backoff     TEXT,   -- JSON
    batch       BLOB,
    unique_key  BLOB,
    until       TEXT,   -- JSON
    on_conflict TEXT    -- JSON
) STRICT;

-- Who holds a key, and who waits for it. The holder may be gone while its period goes on.
CREATE TABLE uniques (
    queue  INTEGER NOT NULL,
    key    BLOB    NOT NULL,
    holder BLOB    NOT NULL,
    until  INTEGER,            -- the end of its period; until the holder lets go where there is none
    heir   BLOB,
    PRIMARY KEY (queue, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX uniques_by_end ON uniques (queue, until) WHERE until IS NOT NULL;
CREATE INDEX heirs          ON uniques (queue, until) WHERE until IS NOT NULL AND heir IS NOT NULL;

-- What jobs have done across their attempts, and how much that is.
CREATE TABLE recorded (
    job   INTEGER PRIMARY KEY,
    steps INTEGER NOT NULL,
    bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE steps (
    job    INTEGER NOT NULL,
    name   TEXT    NOT NULL,
    result BLOB    NOT NULL,
    PRIMARY KEY (job, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoints (
    job    INTEGER PRIMARY KEY,
    cursor BLOB NOT NULL
) STRICT;

-- Batches: rows are small, because the end of every member writes one.
CREATE TABLE batches (
    number      INTEGER PRIMARY KEY,
    id          BLOB    NOT NULL UNIQUE,
    queue       INTEGER NOT NULL,
    tenant      TEXT    NOT NULL,
    description TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    sealed      INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER,
    total       INTEGER NOT NULL DEFAULT 0,
    completed   INTEGER NOT NULL DEFAULT 0,
    cancelled   INTEGER NOT NULL DEFAULT 0,
    discarded   INTEGER NOT NULL DEFAULT 0,
    callback    BLOB
) STRICT;
CREATE INDEX batches_ended ON batches (queue, finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX batches_open  ON batches (queue, created_at)  WHERE finished_at IS NULL;

-- Who has not ended is still there with a 0, so that an end that is told twice counts once.
CREATE TABLE batch_members (
    batch INTEGER NOT NULL,
    job   BLOB    NOT NULL,
    ended INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (batch, job)
) STRICT, WITHOUT ROWID;

-- What is enqueued at the end of a batch.
CREATE TABLE callbacks (
    batch INTEGER PRIMARY KEY,
    job   TEXT NOT NULL,   -- JSON
    args  BLOB NOT NULL
) STRICT;
