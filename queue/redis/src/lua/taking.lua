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

local answer, claims = { 0, -1 }, {}
local taken, looked = 0, 0
-- How many of those that are taken became available in this very claim.
local taken_anew = 0

local function take(id, h, record)
  local before = #encode(h)
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
  local header = encode(h)
  call('SETRANGE', job_key(id), 0, header)
  claims[#claims + 1] = 0
  claims[#claims + 1] = member
  answer[#answer + 1] = id
  answer[#answer + 1] = header .. string.sub(record, before + 1)
  taken = taken + 1
  taken_anew = taken_anew + (placed_now[id] and 1 or 0)
end

-- Takes a job, or puts it where it can wait for what it lacks.
local function take_or_park(id, h, record, names)
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

-- The jobs that these entries lead to; an entry that was left behind leads nowhere.
local function open_entries(entries)
  local keys, jobs, names = {}, {}, {}
  for i, entry in ipairs(entries) do
    keys[i] = job_key(string.sub(entry, 1, 16))
  end
  local records = call('MGET', unpack(keys))
  for i, entry in ipairs(entries) do
    local h = records[i] and decode(records[i])
    if h and is_placed(h, string.byte(entry, 17)) then
      jobs[i] = h
      for _, name in ipairs(own_scopes(h)) do
        names[#names + 1] = name
      end
    end
  end
  if config().rules then
    load_scopes(names)
  end
  return jobs, records
end

-- Takes up to `wanted` of these entries, the first `in_front` of which were there before; answers how many it has dealt
-- with.
local function take_some(entries, in_front, wanted)
  local jobs, records = open_entries(entries)
  local before = taken
  for i, entry in ipairs(entries) do
    if taken - before == wanted then
      return i - 1
    end
    looked = looked + 1
    local h = jobs[i]
    if h then
      h.is_in_front = i <= in_front
      take_or_park(string.sub(entry, 1, 16), h, records[i], own_scopes(h))
    end
  end
  return #entries
end
