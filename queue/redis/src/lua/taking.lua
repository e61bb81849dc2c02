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
local taken, looked = 0, 0
-- How many of those that are taken became available in this very claim.
local taken_anew = 0

local take_or_park, take_some, records_of, open_entry
do
  -- The record is answered as it was: who asks knows what becomes of it.
  local function note_taken(id, number, record)
    claims[#claims + 1] = '0'
    claims[#claims + 1] = claim_member(worker, id, number)
    answer[#answer + 1] = id
    answer[#answer + 1] = record
    taken = taken + 1
    taken_anew = taken_anew + (placed_now[id] and 1 or 0)
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
    if config().rules and start_under(h, claim_member(worker, id, h.claims)) then
      h.flags = with(h.flags, SLOTTED)
    end
    write(id, h)
    note_taken(id, h.claims, record)
  end

  -- What a claim looks at of a plain job, and what it writes: the front of the header, from the state on.
  local BEFORE, AFTER = '>BBBI2BI4', '>BBBI2BI4c8I6'

  -- Takes a job as most are, if it is one: no rule is in force, and it has nothing that anybody else knows of. It does what
  -- `take` does, without taking the record apart.
  local function take_plain(entry, record)
    local state, flags, deaths, attempt, ends, number = struct.unpack(BEFORE, record, AT.STATE)
    local is_there = state == AVAILABLE and string.byte(record, AT.PLACEMENT) == string.byte(entry, 17)
    if not is_there or flags ~= 0 or string.byte(record, AT.FEATURES) ~= 0 then
      return false
    end
    if serves then
      local before_kind = HEADER_BYTES + string.byte(record, AT.TENANT_BYTES)
      if not serves[string.sub(record, before_kind + 1, before_kind + string.byte(record, AT.KIND_BYTES))] then
        return false
      end
    end
    local id = string.sub(entry, 1, 16)
    ends = bit.band(bit.lshift(ends, 1), 255)
    call('SETRANGE', job_key(id), '1',
      struct.pack(AFTER, RUNNING, 0, deaths, attempt + 1, ends, number + 1, worker, time))
    count(COUNT[AVAILABLE], -1)
    count(COUNT[RUNNING], 1)
    note_taken(id, number + 1, record)
    return true
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

  -- The records that these entries lead to, or led to once.
  function records_of(entries)
    local keys = {}
    for i, entry in ipairs(entries) do
      keys[i] = job_key(string.sub(entry, 1, 16))
    end
    return call('MGET', unpack(keys))
  end

  -- The job that an entry leads to; one that was left behind leads nowhere.
  function open_entry(entry, record)
    local h = record and decode(record)
    return h and is_placed(h, string.byte(entry, 17)) and h
  end

  -- The jobs that these entries lead to, with all that the rules say of them known from now on.
  local function open_entries(entries, records)
    local jobs, names = {}, {}
    for i, entry in ipairs(entries) do
      local h = open_entry(entry, records[i])
      if h then
        jobs[i] = h
        for _, name in ipairs(own_scopes(h)) do
          names[#names + 1] = name
        end
      end
    end
    load_scopes(names)
    return jobs
  end

  -- Takes up to `wanted` of these entries, the first `in_front` of which were there before; answers how many it has dealt
  -- with.
  function take_some(entries, in_front, wanted)
    local records = records_of(entries)
    local jobs = config().rules and open_entries(entries, records)
    local before = taken
    for i, entry in ipairs(entries) do
      if taken - before == wanted then
        return i - 1
      end
      looked = looked + 1
      local record = records[i]
      if jobs or not record or not take_plain(entry, record) then
        local h = jobs and jobs[i] or open_entry(entry, not jobs and record)
        if h then
          h.is_in_front = i <= in_front
          take_or_park(string.sub(entry, 1, 16), h, record, own_scopes(h))
        end
      end
    end
    return #entries
  end
end
