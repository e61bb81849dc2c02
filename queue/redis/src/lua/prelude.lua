-- What all scripts share. They are the functions of one library, which a server takes apart once and keeps: what stands
-- here is done when it is loaded, what stands in a script at each call.
--
-- KEYS[1]  the queue's prefix, `windlass:{queue}:`. It is no key itself; it routes the call, and all keys of the
--          script are built from it, so that they share its slot.
-- ARGV[1]  milliseconds to add to the server's time; only tests set them.
--
-- cfg      hash: the settings of the queue, as far as scripts have to know them; see `config`
--
-- The layout of a record is described in record/mod.rs.

local KEYS, ARGV, prefix, jobs, call

-- What a call collects or remembers is forgotten before the next one: each piece says here how its own begins.
local begin, at_the_start
do
  local starts = {}

  function at_the_start(start)
    starts[#starts + 1] = start
  end

  function begin(keys, args)
    KEYS, ARGV, prefix, jobs, call = keys, args, keys[1], keys[1] .. 'j:', redis.call
    for i = 1, #starts do
      starts[i]()
    end
  end
end

local SCHEDULED, PENDING, AVAILABLE, RUNNING, RETRYABLE = 1, 2, 3, 4, 5
local COMPLETED, CANCELLED, DISCARDED = 6, 7, 8
local FINAL = { [COMPLETED] = 'completed', [CANCELLED] = 'cancelled', [DISCARDED] = 'discarded' }

-- Flags of a job: what is so for now.
local ALONE, CANCEL_REQUESTED, PARKED, UNPARKED, SLOTTED = 1, 2, 4, 8, 16
-- Features of a job: which of the parts of its record are there that may be left out.
local UNIQUE, BATCH, EXPIRES = 1, 2, 4
-- Parts of a job: what may be kept beside its record. Who stores such a part says so in the record, so that nobody has
-- to look for what most jobs never have.
local PART = { NOTES = 1, ERRORS = 2, LOG = 4, RESULT = 8, STEPS = 16, CHECKPOINT = 32, GRAVE = 64 }

local HEADER = '>BI6I6BBBBI6BI2I4c8I6BBBI2I4BBI2BI2'
local HEADER_BYTES = 60
-- Where some of it stands, as string.byte counts.
local AT = {
  STATE = 14, PARTS = 17, ATTEMPTED_LAST = 44, PLACEMENT = 45, PRIORITY = 47, TENANT_BYTES = 54, KIND_BYTES = 55,
  NAMES = 61,
}
-- The same as Redis counts.
local OFFSET = { STATE = '13', PARTS = '16' }
-- The version of the layout, and what it begins with: itself and the instants of which a new job has none yet.
local VERSION = 4
local NEW = '\4\0\0\0\0\0\0\0\0\0\0\0\0'
-- The last byte that scripts look into: the header has 60, what may be left out of a record 23 + 16 + 6, tenant, kind and
-- limit key 64 + 64 + 129. Numbers that Redis gets again and again are text from the start, because turning one into text
-- costs as much as a small command.
local LAST_READ = '361'

local function key(name)
  return prefix .. name
end

local function job_key(id)
  return jobs .. id
end

local moment

at_the_start(function()
  moment = nil
end)

-- The one door for time: microseconds since the epoch, the same instant throughout a call. They have more digits than Lua
-- writes by itself.
local function now_micros()
  if not moment then
    local time = call('TIME')
    moment = time[1] * 1000000 + time[2] + ARGV[1] * 1000
  end
  return moment
end

-- Milliseconds since the epoch.
local function now()
  return math.floor(now_micros() / 1000)
end

local function has(flags, flag)
  return flags % (2 * flag) >= flag
end

local function with(flags, flag)
  return has(flags, flag) and flags or flags + flag
end

local function without(flags, flag)
  return has(flags, flag) and flags - flag or flags
end

local function decode(record)
  local version, created_at, run_at, state, flags, ends, parts, finished_at, deaths, attempt, claims, worker,
    attempted_at, placement, features, priority, max_attempts, timeout, tenant_bytes, kind_bytes, tags_bytes, key_bytes,
    options_bytes, at = struct.unpack(HEADER, record)
  -- A table that is written down with all its fields has room for them from the start.
  local h = {
    version = version, state = state, flags = flags, deaths = deaths, attempt = attempt, ends = ends, claims = claims,
    worker = worker, attempted_at = attempted_at, finished_at = finished_at, placement = placement, parts = parts,
    run_at = run_at, created_at = created_at, priority = priority, max_attempts = max_attempts, timeout = timeout,
    tenant_bytes = tenant_bytes, kind_bytes = kind_bytes, tags_bytes = tags_bytes, features = features,
    key_bytes = key_bytes, options_bytes = options_bytes, tenant = '', kind = '',
  }
  if has(h.features, UNIQUE) then
    h.unique_key, h.unique_until, h.unique_period, at = struct.unpack('>c16BI6', record, at)
  end
  if has(h.features, BATCH) then
    h.batch, at = struct.unpack('c16', record, at)
  end
  if has(h.features, EXPIRES) then
    -- 0 since it was redriven.
    h.expires_at, at = struct.unpack('>I6', record, at)
  end
  local function text(bytes)
    at = at + bytes
    return string.sub(record, at - bytes, at - 1)
  end
  h.tenant, h.kind = text(h.tenant_bytes), text(h.kind_bytes)
  if h.key_bytes > 0 then
    h.limit_key = text(h.key_bytes)
  end
  return h
end

-- What stands before the tenant. It takes the place of what stood there, as long as the features stay.
local function encode(h)
  local head = struct.pack(HEADER, h.version, h.created_at, h.run_at, h.state, h.flags, h.ends, h.parts, h.finished_at,
    h.deaths, h.attempt, h.claims, h.worker, h.attempted_at, h.placement, h.features, h.priority, h.max_attempts,
    h.timeout, h.tenant_bytes, h.kind_bytes, h.tags_bytes, h.key_bytes, h.options_bytes)
  if h.features == 0 then
    return head
  end
  return head .. (has(h.features, UNIQUE) and struct.pack('>c16BI6', h.unique_key, h.unique_until, h.unique_period) or '')
    .. (has(h.features, BATCH) and h.batch or '')
    .. (has(h.features, EXPIRES) and struct.pack('>I6', h.expires_at) or '')
end

-- The header of a job with its names, or nil.
local function read(id)
  local head = call('GETRANGE', job_key(id), '0', LAST_READ)
  if #head < HEADER_BYTES then
    return nil
  end
  return decode(head)
end

-- touched  set: the running jobs of whose records there is more to know than that their first claim has begun. What is not
--          in there is settled without a look at its record.

local function touch(id)
  call('SADD', key('touched'), id)
end

local function write(id, h)
  call('SETRANGE', job_key(id), '0', encode(h))
  if h.state == RUNNING then
    touch(id)
  end
end

local stored_parts, has_parts_now, part_keys, drop_parts
do
  local NAMES = {
    [PART.NOTES] = 'notes:', [PART.ERRORS] = 'errors:', [PART.LOG] = 'log:', [PART.RESULT] = 'result:',
    [PART.STEPS] = 'steps:', [PART.CHECKPOINT] = 'checkpoint:',
  }

  -- The parts that a job has, or nil when it is gone.
  function stored_parts(id)
    return (string.byte(call('GETRANGE', job_key(id), OFFSET.PARTS, OFFSET.PARTS)))
  end

  -- Says in the record of a job of which nothing else changes that it has these parts now.
  function has_parts_now(id, parts)
    local stored = stored_parts(id)
    if stored and bit.bor(stored, parts) ~= stored then
      call('SETRANGE', job_key(id), OFFSET.PARTS, string.char(bit.bor(stored, parts)))
      touch(id)
    end
  end

  -- Adds the keys of parts to a list.
  function part_keys(keys, id, parts)
    for part, name in pairs(NAMES) do
      if has(parts, part) then
        keys[#keys + 1] = key(name .. id)
      end
    end
  end

  -- Removes those of these parts that a job has; `write` has to follow.
  function drop_parts(h, id, parts)
    local keys = {}
    part_keys(keys, id, bit.band(h.parts, parts))
    if #keys > 0 then
      call('UNLINK', unpack(keys))
      h.parts = bit.band(h.parts, bit.bnot(parts))
    end
  end
end

local function requested(h)
  return has(h.flags, CANCEL_REQUESTED)
end

local function is_expired(h, time)
  return h.expires_at ~= nil and h.expires_at > 0 and h.expires_at <= time
end

-- The member of `running` that a claim is. It starts with the worker, so that a worker's claims are neighbours.
local function claim_member(worker, id, claims)
  return worker .. id .. struct.pack('>I4', claims)
end

-- Calls a command that takes any number of values, with no more of them at once than Lua can pass.
local function call_in_chunks(command, name, values)
  for from = 1, #values, 1000 do
    call(command, key(name), unpack(values, from, math.min(from + 999, #values)))
  end
end

local settings

at_the_start(function()
  settings = nil
end)

-- The settings of the queue, read once:
--
-- by_priority       priority comes before the turns of tenants (`order` is `p`)
-- moving            the order has changed, and tenants still stand in the rings of the other one
-- rules             there may be a pause, a limit, a tenant out of the round, or something parked
-- unserved          something may be parked for workers that serve its kind
-- weights           there are tenants with settings of their own
-- counting          claims are being counted in under new limits
-- draining, max_depth, quota   what bounds acceptance, the numbers as text or false
local function config()
  if not settings then
    local found =
      call('HMGET', key('cfg'), 'order', 'moving', 'rules', 'unserved', 'weights', 'draining', 'max_depth', 'quota',
        'counting')
    settings = {
      by_priority = found[1] == 'p',
      moving = found[2],
      rules = found[3],
      unserved = found[4],
      weights = found[5],
      draining = found[6],
      max_depth = found[7],
      quota = found[8],
      counting = found[9],
    }
  end
  return settings
end

-- Tells armed workers, each of which is armed once and told once.
local function tell(workers)
  for _, worker in ipairs(workers) do
    local list = key('wake:' .. worker)
    call('RPUSH', list, 'w')
    -- A worker that never comes back leaves nothing behind.
    call('PEXPIRE', list, 60000)
  end
end

-- Wakes up to `count` armed workers.
local function wake(count)
  if count >= 1 then
    tell(call('SPOP', key('armed'), count))
  end
end

local to_wake

at_the_start(function()
  to_wake = 0
end)

-- Has `commit` wake that many workers more.
local function wake_later(count)
  to_wake = to_wake + count
end
