-- why: all that holds up a job that waits.
--
-- ARGV    [2] id, [3] how many before it are counted at most, [4] how many holders of a limit are named at most
-- Answer  nil when there is no such job, else {its state, {reason, what belongs to it, …}, …} in the order in which
--         reasons count; see why.rs

-- How many of those before it are told apart from entries that were left behind.
local EXACT = 200

local id, most_ahead, most_holders = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local h = read(id)
if not h then
  return nil
end
local answer = { h.state }
if h.state == RUNNING or FINAL[h.state] then
  return answer
end

local function add(...)
  answer[#answer + 1] = { ... }
end

local function is_there(entry)
  local other = read(string.sub(entry, 1, 16))
  return other and is_placed(other, string.byte(entry, 17))
end

-- How many stand in a list before `position`.
local function count_before(list, position)
  if position > EXACT then
    return position
  end
  local before = 0
  for _, entry in ipairs(position > 0 and call('LRANGE', key(list), 0, position - 1) or {}) do
    before = before + (is_there(entry) and 1 or 0)
  end
  return before
end

-- How many are before the job in its lane, which has two lists.
local function ahead()
  local entry = id .. string.char(h.placement)
  local before = 0
  for _, side in ipairs({ 'front:', 'lane:' }) do
    local list = side .. h.tenant .. ':' .. h.priority
    local position = call('LPOS', key(list), entry, 'MAXLEN', most_ahead)
    if position then
      return math.min(most_ahead, before + count_before(list, position))
    end
    before = before + count_before(list, call('LLEN', key(list)))
  end
  return math.min(most_ahead, before)
end

local function text(number)
  return string.format('%.0f', number)
end

local names = all_scopes(h)
load_scopes(names)

if h.state == SCHEDULED then
  add('scheduled_for', text(h.run_at))
elseif h.state == RETRYABLE then
  add('retry_at', text(h.run_at))
elseif h.state == PENDING then
  -- Where the holder's time is over, the next one who claims or promotes brings this one on.
  local holder = call('GET', key('u:' .. h.unique_key))
  if holder then
    add('waits_for', string.sub(holder, 1, 16))
  end
end
for _, name in ipairs(names) do
  local s = scopes[name]
  if is_paused(s) then
    add('paused', name, text(s.paused_until), s.note)
  end
end
for _, name in ipairs(names) do
  local s = scopes[name]
  if free_slots(s) == 0 then
    add('limit_full', name, text(s.concurrency), unpack(call('SRANDMEMBER', key('slots:' .. name), most_holders)))
  end
end
for _, name in ipairs(names) do
  local s = scopes[name]
  if free_starts(s) == 0 then
    add('rate_limited', name, text(opens_at(s, 0)))
  end
end
if call('EXISTS', key('beats')) == 0 then
  add('no_workers')
elseif call('EXISTS', key('serving:' .. h.kind), key('serving:*')) == 0 then
  add('unserved', h.kind)
end
if h.deaths >= SUSPECT_AFTER_DEATHS then
  add('must_run_alone', text(h.deaths))
elseif h.state == AVAILABLE and not has(h.flags, PARKED) then
  local before = ahead()
  if before > 0 then
    add('ahead', text(before), h.tenant, text(h.priority))
  end
end
return answer
