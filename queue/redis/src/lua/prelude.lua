-- What every script starts with.
--
-- KEYS[1]  the queue's prefix, `windlass:{queue}:`. It is no key itself; it routes the call, and all keys of the
--          script are built from it, so that they share its slot.
-- ARGV[1]  milliseconds to add to the server's time; only tests set them.
--
-- The layout of a record is described in record.rs.

local prefix = KEYS[1]
local call = redis.call

local SCHEDULED, AVAILABLE, RUNNING, RETRYABLE = 1, 3, 4, 5
local COMPLETED, CANCELLED, DISCARDED = 6, 7, 8
local FINAL = { [COMPLETED] = 'completed', [CANCELLED] = 'cancelled', [DISCARDED] = 'discarded' }
local ALONE, CANCEL_REQUESTED = 1, 2

local HEADER = '>BBBBI2I2BBI4c8I6I6I6I6I4BBI2'
local HEADER_BYTES = 54
local MAX_TENANT_BYTES = 64

local function key(name)
  return prefix .. name
end

local function job_key(id)
  return prefix .. 'j:' .. id
end

-- The one door for time: milliseconds since the epoch.
local function now()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
end

local function decode(record)
  local h = {}
  h.version, h.state, h.priority, h.flags, h.attempt, h.max_attempts, h.deaths, h.ends, h.claims, h.worker,
    h.created_at, h.run_at, h.attempted_at, h.finished_at, h.timeout, h.tenant_bytes, h.kind_bytes, h.tags_bytes =
    struct.unpack(HEADER, record)
  h.tenant = string.sub(record, HEADER_BYTES + 1, HEADER_BYTES + h.tenant_bytes)
  return h
end

local function encode(h)
  return struct.pack(HEADER, h.version, h.state, h.priority, h.flags, h.attempt, h.max_attempts, h.deaths, h.ends,
    h.claims, h.worker, h.created_at, h.run_at, h.attempted_at, h.finished_at, h.timeout, h.tenant_bytes,
    h.kind_bytes, h.tags_bytes)
end

-- The header of a job with its tenant, or nil.
local function read(id)
  local head = call('GETRANGE', job_key(id), 0, HEADER_BYTES + MAX_TENANT_BYTES - 1)
  if #head < HEADER_BYTES then
    return nil
  end
  return decode(head)
end

local function write(id, h)
  call('SETRANGE', job_key(id), 0, encode(h))
end

local function has(flags, flag)
  return flags % (2 * flag) >= flag
end

local function requested(h)
  return has(h.flags, CANCEL_REQUESTED)
end

-- The member of `running` that a claim is. It starts with the worker, so that a worker's claims are neighbours.
local function claim_member(worker, id, claims)
  return worker .. id .. struct.pack('>I4', claims)
end

-- Wakes up to `count` armed workers. Each is armed once and told once.
local function wake(count)
  if count < 1 then
    return
  end
  for _, worker in ipairs(call('SPOP', key('armed'), count)) do
    local list = key('wake:' .. worker)
    call('RPUSH', list, 'w')
    -- A worker that never comes back leaves nothing behind.
    call('PEXPIRE', list, 60000)
  end
end
