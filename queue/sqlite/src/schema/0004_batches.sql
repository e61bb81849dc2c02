-- When a batch that has not ended was opened, or last found to have members that still live: what the age of one that
-- may never end counts from.
ALTER TABLE batches ADD COLUMN alive_at INTEGER NOT NULL DEFAULT 0;
UPDATE batches SET alive_at = created_at;
DROP INDEX batches_open;
CREATE INDEX batches_open ON batches (queue, alive_at) WHERE finished_at IS NULL;
