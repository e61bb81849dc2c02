-- outbox  stream: what a transition leaves for another queue, until it is relayed. An entry is a job (the fields of
--         JOB_FIELDS) or the end of a member of a batch (batch, id, state).

-- A job that is to be accepted, as scripts are given it: `queue` is empty for the queue of the script, `when` 0 now,
-- 1 at, 2 after, `expires` 0 never, 1 at, 2 after, each with its milliseconds; `tombstone` is milliseconds or 0,
-- `on_conflict` a number of the table in accept.lua.
local JOB_FIELDS = {
  'queue', 'id', 'record', 'when', 'when_millis', 'expires', 'expires_millis', 'tombstone', 'on_conflict',
}

-- The job whose fields stand in `list` from position `first` on.
local function job_from(list, first)
  local job = {}
  for n, field in ipairs(JOB_FIELDS) do
    job[field] = list[first + n - 1]
  end
  return job
end

-- The instant that a sort of time and its milliseconds mean.
local function instant(sort, millis, time)
  if sort == '1' then
    return tonumber(millis)
  end
  return sort == '2' and time + millis or time
end

-- Leaves a job for its queue. Its times count from now, not from its delivery.
local function leave_job(job, time)
  local fields = {}
  for _, field in ipairs(JOB_FIELDS) do
    local value = job[field]
    if (field == 'when' or field == 'expires') and value == '2' then
      value = '1'
      job[field .. '_millis'] = string.format('%.0f', instant('2', job[field .. '_millis'], time))
    end
    fields[#fields + 1] = field
    fields[#fields + 1] = value
  end
  call('XADD', key('outbox'), '*', unpack(fields))
end

local function leave_end(batch, id, state)
  call('XADD', key('outbox'), '*', 'batch', batch, 'id', id, 'state', state)
end
