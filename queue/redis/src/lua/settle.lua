-- settle: ends claims, each if its token is current.
--
-- ARGV    [2] how many groups of claims whose jobs are completed and leave nothing else behind follow, then for each:
--         tenant, number, the claims; then for each other claim: it, verb, milliseconds to wait, text (the result of
--         complete, the error of retry and discard, the reason of snooze), tenant, number of children, the JOB_FIELDS of
--         each child. A claim is given as its member of `running`; a tenant may be empty
-- Answer  for each claim, in this order, the state of its job, or 0 when the token is stale; one state alone where it is
--         that of all
-- Wakes   as many armed workers as jobs became available, and one more for a new earliest due time
--
-- result:ID  string: what the handler returned

local time = now()
local members = {}
-- The tenant of each group and its last claim among the members, and where each other claim stands among the arguments.
local tenants, lasts, positions = {}, {}, {}

local position = 3
local grouped = 0
for group = 1, ARGV[2] do
  local number = tonumber(ARGV[position + 1])
  for n = 1, number do
    members[grouped + n] = ARGV[position + 1 + n]
  end
  grouped = grouped + number
  tenants[group], lasts[group] = ARGV[position], grouped
  position = position + 2 + number
end
while position <= #ARGV do
  positions[#positions + 1] = position
  members[grouped + #positions] = ARGV[position]
  position = position + 6 + ARGV[position + 5] * #JOB_FIELDS
end
local current = call('ZMSCORE', key('running'), unpack(members))
local ended = call('ZREM', key('running'), unpack(members))
for n = 1, #members do
  ended = ended - (current[n] and 1 or 0)
end
-- Of the same claim twice in one call only the first one is current.
local seen = ended ~= 0 and {} or nil

local function wait(h, claim, state)
  become(h, state)
  schedule(h, claim.id, time + claim.millis)
  watch_expiry(h, claim.id)
end

-- One function a verb, as the table of transitions has it.
local verbs = {}

function verbs.complete(h, claim)
  finish(h, claim.id, COMPLETED, time)
  if claim.text ~= '' then
    h.parts = with(h.parts, PART.RESULT)
    call('SET', key('result:' .. claim.id), claim.text)
  end
end

function verbs.retry(h, claim)
  append_error(h, claim.id, claim.text)
  wait(h, claim, RETRYABLE)
end

function verbs.discard(h, claim)
  append_error(h, claim.id, claim.text)
  finish(h, claim.id, DISCARDED, time)
end

function verbs.snooze(h, claim)
  refund(h)
  if claim.text ~= '' then
    h.parts = with(h.parts, PART.NOTES)
    call('HSET', key('notes:' .. claim.id), 'message', claim.text)
  end
  wait(h, claim, SCHEDULED)
end

function verbs.release(h, claim)
  refund(h)
  become(h, AVAILABLE)
  place(h, claim.id, true)
  watch_expiry(h, claim.id)
end

function verbs.cancel(h, claim)
  if claim.verb == 'retry' or claim.verb == 'discard' then
    append_error(h, claim.id, claim.text)
  end
  finish(h, claim.id, CANCELLED, time)
end

-- The state of a job whose claim is not current any more but ended by its own worker; 0 otherwise.
local function remembered(claim)
  local h = read(claim.id)
  local age = h and h.claims - claim.number
  if not h or age < 0 or age > 7 or (age == 0 and h.worker ~= claim.worker) then
    return 0
  end
  return bit.band(h.ends, bit.lshift(1, age)) ~= 0 and h.state or 0
end

local function accept_children(claim)
  for n = 0, claim.children - 1 do
    local child = job_from(ARGV, claim.first_child + n * #JOB_FIELDS)
    if child.queue == '' then
      accept(child, time)
    else
      leave_job(child, time)
    end
  end
end

local function claim_at(position)
  local worker, id, number = struct.unpack('>c8c16I4', ARGV[position])
  return {
    worker = worker, id = id, number = number, verb = ARGV[position + 1], millis = tonumber(ARGV[position + 2]),
    text = ARGV[position + 3], children = tonumber(ARGV[position + 5]), first_child = position + 6,
  }
end

local function claim_of(member)
  local worker, id, number = struct.unpack('>c8c16I4', member)
  return { worker = worker, id = id, number = number, verb = 'complete', millis = 0, text = '', children = 0 }
end

-- Which of the members are of jobs of whose records there is more to know; nil when none is.
local is_touched
if call('EXISTS', key('touched')) == 1 then
  local ids = {}
  for n, member in ipairs(members) do
    ids[n] = string.sub(member, 9, 24)
  end
  is_touched = call('SMISMEMBER', key('touched'), unpack(ids))
end

-- Completing a job as most are: nothing but its own record and its result has to change. It does what `finish` does,
-- without a look at the record, which is known from how its first claim began: see `take_fresh`.
local complete_fresh, push_completed
do
  local FIRST_CLAIM = struct.pack('>I4', 1)
  -- From the state to the end, as `decode` has them.
  local DONE = '>BBBBI6'
  local function progress(parts)
    return struct.pack(DONE, COMPLETED, 0, 1, parts, time)
  end
  local WITHOUT_RESULT, WITH_RESULT = progress(0), progress(PART.RESULT)
  local END, END_WITH_RESULT = struct.pack('>I6B', time, 0), struct.pack('>I6B', time, PART.RESULT)
  local ids, ends, number = {}, {}, 0

  function complete_fresh(n, member, result)
    if (is_touched and is_touched[n] == 1) or string.sub(member, 25) ~= FIRST_CLAIM then
      return false
    end
    local id = string.sub(member, 9, 24)
    number = number + 1
    ids[number] = id
    if result == '' then
      call('SETRANGE', job_key(id), OFFSET.STATE, WITHOUT_RESULT)
      ends[number] = id .. END
    else
      call('SET', key('result:' .. id), result)
      call('SETRANGE', job_key(id), OFFSET.STATE, WITH_RESULT)
      ends[number] = id .. END_WITH_RESULT
    end
    return true
  end

  function push_completed()
    push_ends(ends)
    tell_first_completed(ids)
    count(COUNT[RUNNING], -number)
    count(COUNT[COMPLETED], number)
  end
end

local function settle(claim, member)
  local h = read(claim.id)
  if not h then
    return 0
  end
  local verb = requested(h) and claim.verb ~= 'complete' and 'cancel' or claim.verb
  if claim.verb == 'release' and h.deaths >= SUSPECT_AFTER_DEATHS and not has(h.flags, ALONE) then
    take_back_start(h)
  end
  end_claim(h, claim.id, member)
  h.ends = bit.bor(h.ends, 1)
  verbs[verb](h, claim)
  tell_event(verb, h, claim.id, h.state)
  write(claim.id, h)
  if verb == 'complete' then
    accept_children(claim)
  end
  return h.state
end

local function is_current(n)
  if not current[n] then
    return false
  end
  if seen then
    if seen[members[n]] then
      return false
    end
    seen[members[n]] = true
  end
  return true
end

local answers, completed = {}, 0
for group, tenant in ipairs(tenants) do
  local done = 0
  for n = (lasts[group - 1] or 0) + 1, lasts[group] do
    local member = members[n]
    if not is_current(n) then
      answers[n] = remembered(claim_of(member))
    elseif complete_fresh(n, member, '') then
      answers[n] = COMPLETED
      done = done + 1
    else
      answers[n] = settle(claim_of(member), member)
    end
  end
  count('t:' .. tenant, -done)
  completed = completed + done
end
for i, position in ipairs(positions) do
  local n, claim = grouped + i, claim_at(position)
  local tenant = ARGV[position + 4]
  local is_simple = claim.verb == 'complete' and claim.children == 0 and tenant ~= ''
  if not is_current(n) then
    answers[n] = remembered(claim)
  elseif is_simple and complete_fresh(n, members[n], claim.text) then
    answers[n] = COMPLETED
    count('t:' .. tenant, -1)
  else
    answers[n] = settle(claim, members[n])
  end
end
push_completed()
commit()
return completed == #members and COMPLETED or answers
