-- What has happened to jobs, for whoever keeps their history: a row for what one call has told of a queue.
CREATE TABLE events (
    queue INTEGER NOT NULL,
    last  INTEGER NOT NULL,   -- the number of its last event, counted since the queue exists
    at    INTEGER NOT NULL,
    told  BLOB    NOT NULL    -- one event after the other: verb, state afterwards (0: gone), number of the claim, id
) STRICT;
CREATE UNIQUE INDEX events_in_order ON events (queue, last);

ALTER TABLE queues ADD COLUMN events_told INTEGER NOT NULL DEFAULT 0;   -- how many there have been
ALTER TABLE queues ADD COLUMN followed    INTEGER NOT NULL DEFAULT 0;   -- whether somebody follows the events
ALTER TABLE queues ADD COLUMN events_most INTEGER;                      -- how many are kept, where somebody has said so

ALTER TABLE failures ADD COLUMN claim INTEGER NOT NULL DEFAULT 0;       -- the number of the claim that ended with it
