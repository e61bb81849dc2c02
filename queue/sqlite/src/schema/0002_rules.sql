-- The rules of queues. Most queues have none, and `ruled` says so: then nothing but the table `jobs` is looked at.

ALTER TABLE jobs ADD COLUMN limit_key TEXT;
ALTER TABLE jobs ADD COLUMN slots     INTEGER NOT NULL DEFAULT 0;   -- the slots that it holds while it runs: bits of `Slots`
ALTER TABLE jobs ADD COLUMN parked_by TEXT;                         -- the scope it was parked under since it last ran
ALTER TABLE jobs ADD COLUMN parking   INTEGER;                      -- its place among all that were parked

-- Two more places of an available job: 2 parked under a rule, 3 parked for a worker that serves its kind.
CREATE INDEX parked   ON jobs (queue, parked_by, parking) WHERE state = 3 AND place = 2;
CREATE INDEX unserved ON jobs (queue, kind, parking)      WHERE state = 3 AND place = 3;

ALTER TABLE queues ADD COLUMN turn_left    INTEGER NOT NULL DEFAULT 0;   -- what is left of the last turn
ALTER TABLE queues ADD COLUMN ruled        INTEGER NOT NULL DEFAULT 0;   -- whether there is a rule, or anything held up
ALTER TABLE queues ADD COLUMN has_unserved INTEGER NOT NULL DEFAULT 0;   -- whether jobs may be parked as unserved

-- What holds for a queue as a whole.
CREATE TABLE policies (
    queue          INTEGER PRIMARY KEY,
    priority_first INTEGER NOT NULL,
    draining       INTEGER NOT NULL,
    max_depth      INTEGER,
    tenant_quota   INTEGER,
    retention      TEXT   -- milliseconds and numbers, in the order of the fields of `Retention`, joined by commas
) STRICT;

-- What holds for a tenant.
CREATE TABLE tenants (
    queue  INTEGER NOT NULL,
    tenant TEXT    NOT NULL,
    weight INTEGER NOT NULL,
    quota  INTEGER,
    PRIMARY KEY (queue, tenant)
) STRICT, WITHOUT ROWID;

-- How many unfinished jobs each tenant has, so that nobody has to count.
CREATE TABLE tenant_counts (
    queue  INTEGER NOT NULL,
    tenant TEXT    NOT NULL,
    jobs   INTEGER NOT NULL,
    PRIMARY KEY (queue, tenant)
) STRICT, WITHOUT ROWID;
INSERT INTO tenant_counts (queue, tenant, jobs)
    SELECT queue, tenant, count(*) FROM jobs WHERE state < 6 GROUP BY queue, tenant;

CREATE TABLE pauses (
    queue INTEGER NOT NULL,
    scope TEXT    NOT NULL,
    until INTEGER,
    note  TEXT,
    PRIMARY KEY (queue, scope)
) STRICT, WITHOUT ROWID;

CREATE TABLE limits (
    queue       INTEGER NOT NULL,
    scope       TEXT    NOT NULL,   -- one, or each of a sort: `tenant:*`
    concurrency INTEGER,
    starts      INTEGER,            -- how many in a period
    period      INTEGER,
    burst       INTEGER,
    PRIMARY KEY (queue, scope)
) STRICT, WITHOUT ROWID;

-- How each scope that a rule speaks of stands.
CREATE TABLE scopes (
    queue    INTEGER NOT NULL,
    scope    TEXT    NOT NULL,
    taken    INTEGER NOT NULL DEFAULT 0,   -- slots
    arrival  INTEGER NOT NULL DEFAULT 0,   -- the theoretical arrival time of its rate, in microseconds
    benched  INTEGER NOT NULL DEFAULT 0,   -- of a tenant: whether it is out of the round of turns
    look_at  INTEGER,                      -- while it holds something up: when to look again whether it still does
    opens_at INTEGER,                      -- and when it stops doing so by itself
    PRIMARY KEY (queue, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX looks ON scopes (queue, look_at)  WHERE look_at IS NOT NULL;
CREATE INDEX opens ON scopes (queue, opens_at) WHERE opens_at IS NOT NULL;
CREATE INDEX idle  ON scopes (queue, arrival)  WHERE taken = 0 AND look_at IS NULL;

-- The ring of tenants in a queue with rules: those that have jobs in lanes and are not benched. Without rules the index
-- `lane` is the ring.
CREATE TABLE ready (
    queue  INTEGER NOT NULL,
    tenant TEXT    NOT NULL,
    first  INTEGER NOT NULL,   -- the priority of its first job
    PRIMARY KEY (queue, tenant)
) STRICT, WITHOUT ROWID;
CREATE INDEX ready_by_priority ON ready (queue, first, tenant);

-- Which living workers serve which kinds.
CREATE TABLE serving (
    queue  INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    worker BLOB    NOT NULL,
    PRIMARY KEY (queue, kind, worker)
) STRICT, WITHOUT ROWID;
CREATE INDEX serving_by_worker ON serving (queue, worker);

ALTER TABLE workers ADD COLUMN memory INTEGER;   -- bytes, at the newest beat
