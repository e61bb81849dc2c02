-- Taking: what a claim does with the entries that it comes across. Its arguments are described in claim.lua.

-- How many entries a claim looks at.
local LOOK = 500

local worker, most, may_suspect = ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local time = now()

local serves
if ARGV[5] ~= '*' then
  serves = {}
  for kind in string.gmatch(ARGV[5], '[^,]+') do
    serves[kind] = true
  end
end

local answer, claims = { 0, -1, time }, {}
-- The answer about the jobs, before it is put together.
local ids, lengths, records_taken = {}, {}, {}
local taken, looked = 0, 0
-- The jobs of whose records there is more to know than that their first claim has begun.
local unlike_fresh = {}
-- How many of those that are taken became available in this very claim.
local taken_anew = 0

local take_or_park, take_some, take_each, records_of, open_entry, push_fresh
do
  -- Many records are of the same length.
  local known_lengths = {}

  local function packed_length(length)
    local packed = known_lengths[length]
    if not packed then
      packed = struct.pack('>I4', length)
      known_lengths[length] = packed
    end
    return packed
  end

  -- The record is answered as it was: who asks knows what becomes of it.
  local function note_taken(id, member, record)
    taken = taken + 1
    claims[2 * taken - 1] = '0'
    claims[2 * taken] = member
    ids[taken] = id
    lengths[taken] = packed_length(#record)
    records_taken[taken] = record
    if placed_now[id] then
      taken_anew = taken_anew + 1
    end
  end

  local function take(id, h, record)
    h.flags = without(without(h.flags, PARKED), UNPARKED)
    unique.let_go(h, id, RUNNING, time)
    become(h, RUNNING)
    h.attempt = h.attempt + 1
    h.claims = h.claims + 1
    h.ends = bit.band(bit.lshift(h.ends, 1), 255)
    h.worker = worker
    h.attempted_at = time
    local member = claim_member(worker, id, h.claims)
    if config().rules and start_under(h, member) then
      h.flags = with(h.flags, SLOTTED)
    end
    call('SETRANGE', job_key(id), '0', encode(h))
    unlike_fresh[#unlike_fresh + 1] = id
    note_taken(id, member, record)
  end

  -- From the state to the instant of the attempt: what a job has there that no claim has had before, what it gets, and
  -- how its first claim ends.
  local PROGRESS = '>BBBBI6BI2I4c8I6'
  local FRESH = struct.pack(PROGRESS, AVAILABLE, 0, 0, 0, 0, 0, 0, 0, string.rep('\0', 8), 0)
  local BEGUN = struct.pack(PROGRESS, RUNNING, 0, 0, 0, 0, 0, 1, 1, worker, time)
  local FIRST_CLAIM = struct.pack('>I4', 1)
  local sub, byte, fresh = string.sub, string.byte, 0

  -- Takes a job as most are, if it is one: no rule is in force, no claim has had it before, and it has nothing that
  -- anybody else knows of. It does what `take` does, without taking the record apart. `push_fresh` has to
  -- follow.
  local function take_fresh(entry, job, record)
    if sub(record, AT.STATE, AT.ATTEMPTED_LAST) ~= FRESH then
      return false
    end
    local placement, features = byte(record, AT.PLACEMENT, AT.PLACEMENT + 1)
    if features ~= 0 or placement ~= byte(entry, 17) then
      return false
    end
    if serves then
      local tenant_bytes, kind_bytes = byte(record, AT.TENANT_BYTES, AT.KIND_BYTES)
      local kind = AT.NAMES + tenant_bytes
      if not serves[sub(record, kind, kind + kind_bytes - 1)] then
        return false
      end
    end
    local id = sub(entry, 1, 16)
    call('SETRANGE', job, OFFSET.STATE, BEGUN)
    fresh = fresh + 1
    note_taken(id, worker .. id .. FIRST_CLAIM, record)
    return true
  end

  function push_fresh()
    count(COUNT[AVAILABLE], -fresh)
    count(COUNT[RUNNING], fresh)
  end

  -- Takes a job, or puts it where it can wait for what it lacks.
  function take_or_park(id, h, record, names)
    if is_expired(h, time) then
      expire(h, id, time)
      write(id, h)
    elseif serves and not serves[h.kind] then
      park_unserved(h, id)
    else
      local s = config().rules and held_up_by(names)
      if s then
        park_under(h, id, s)
      else
        take(id, h, record)
      end
    end
  end

  -- The records that these entries lead to, or led to once, and their keys.
  function records_of(entries)
    local keys = {}
    for i, entry in ipairs(entries) do
      keys[i] = job_key(string.sub(entry, 1, 16))
    end
    return call('MGET', unpack(keys)), keys
  end

  -- The job that an entry leads to; one that was left behind leads nowhere.
  function open_entry(entry, record)
    local h = record and decode(record)
    return h and is_placed(h, string.byte(entry, 17)) and h
  end

  -- The jobs that these entries lead to, with all that the rules say of them known from now on.
  local function open_entries(entries, records)
    local found, names = {}, {}
    for i, entry in ipairs(entries) do
      local h = open_entry(entry, records[i])
      if h then
        found[i] = h
        for _, name in ipairs(own_scopes(h)) do
          names[#names + 1] = name
        end
      end
    end
    load_scopes(names)
    return found
  end

  -- Takes the job that an entry leads to, or puts it where it can wait; `h` is there where it was taken apart before.
  local function deal_with(entry, job, record, h, is_in_front)
    looked = looked + 1
    if h or not record or not take_fresh(entry, job, record) then
      h = h or open_entry(entry, record)
      if h then
        h.is_in_front = is_in_front
        take_or_park(string.sub(entry, 1, 16), h, record, own_scopes(h))
      end
    end
  end

  -- Takes these entries, each of which was in a front or not, while no rule is in force; answers for each whether a job
  -- has come of it.
  function take_each(entries, in_front)
    local records, keys = records_of(entries)
    local were_taken = {}
    for i, entry in ipairs(entries) do
      local before = taken
      deal_with(entry, keys[i], records[i], nil, in_front[i])
      were_taken[i] = taken > before
    end
    return were_taken
  end

  -- Takes up to `wanted` of these entries, the first `in_front` of which were there before; answers how many it has dealt
  -- with.
  function take_some(entries, in_front, wanted)
    local records, keys = records_of(entries)
    local opened = config().rules and open_entries(entries, records)
    local before = taken
    for i, entry in ipairs(entries) do
      if taken - before == wanted then
        return i - 1
      end
      if opened and not opened[i] then
        looked = looked + 1
      else
        deal_with(entry, keys[i], records[i], opened and opened[i], i <= in_front)
      end
    end
    return #entries
  end
end
