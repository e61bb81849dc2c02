-- outbox  stream: what a transition leaves for another queue, until it is relayed. An entry is a job (the fields of
--         JOB_FIELDS) or the end of a member of a batch (batch, id, state).

-- A job that is to be accepted, as scripts are given it. `queue` is empty for the queue of the script; `terms` are packed:
-- when (0 now, 1 at, 2 after) and its milliseconds, expires (0 never, 1 at, 2 after) and its milliseconds, tombstone in
-- milliseconds or 0, on_conflict (a number of the table in accept.lua).
local JOB_FIELDS = { 'queue', 'id', 'record', 'terms' }
local TERMS = '>BI6BI6I6B'

local function job_of(queue, id, record, terms)
  local job = { queue = queue, id = id, record = record }
  job.when, job.when_millis, job.expires, job.expires_millis, job.tombstone, job.on_conflict =
    struct.unpack(TERMS, terms)
  return job
end

-- The job whose fields stand in `list` from position `first` on.
local function job_from(list, first)
  return job_of(list[first], list[first + 1], list[first + 2], list[first + 3])
end

-- The instant that a sort of time and its milliseconds mean.
local function instant(sort, millis, time)
  if sort == 1 then
    return millis
  end
  return sort == 2 and time + millis or time
end

-- A time as it reads later: counted from now, not from then.
local function fixed(sort, millis, time)
  if sort == 2 then
    return 1, time + millis
  end
  return sort, millis
end

-- Leaves a job for its queue.
local function leave_job(job, time)
  local when, when_millis = fixed(job.when, job.when_millis, time)
  local expires, expires_millis = fixed(job.expires, job.expires_millis, time)
  local terms = struct.pack(TERMS, when, when_millis, expires, expires_millis, job.tombstone, job.on_conflict)
  call('XADD', key('outbox'), '*', 'queue', job.queue, 'id', job.id, 'record', job.record, 'terms', terms)
end

local function leave_end(batch, id, state)
  call('XADD', key('outbox'), '*', 'batch', batch, 'id', id, 'state', state)
end
