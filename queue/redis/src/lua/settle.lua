-- settle: ends claims, each if its token is current.
--
-- ARGV    [2] how many errors a job keeps, then 6 for each claim: worker, id, claim number, verb, milliseconds to
--         wait, text (the result of complete, the error of retry and discard, the reason of snooze)
-- Answer  for each claim the state of its job, or 0 when the token is stale
-- Wakes   as many armed workers as jobs became available, and one more for a new earliest due time

local time = now()
local max_errors = tonumber(ARGV[2])
local answers, members = {}, {}

for i = 3, #ARGV, 6 do
  members[#members + 1] = claim_member(ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
local current = call('ZMSCORE', key('running'), unpack(members))
call('ZREM', key('running'), unpack(members))

local function wait(h, id, state, millis)
  h.state = state
  h.run_at = time + millis
  schedule(id, h.run_at)
end

-- One function a verb, as the table of transitions has it.
local verbs = {}

function verbs.complete(h, id, _, text)
  finish(h, id, COMPLETED, time)
  if text ~= '' then
    call('HSET', key('notes:' .. id), 'result', text)
  end
end

function verbs.retry(h, id, millis, text)
  append_error(id, text, max_errors)
  wait(h, id, RETRYABLE, millis)
end

function verbs.discard(h, id, _, text)
  append_error(id, text, max_errors)
  finish(h, id, DISCARDED, time)
end

function verbs.snooze(h, id, millis, text)
  refund(h)
  if text ~= '' then
    call('HSET', key('notes:' .. id), 'message', text)
  end
  wait(h, id, SCHEDULED, millis)
end

function verbs.release(h, id)
  refund(h)
  h.state = AVAILABLE
  place(h.tenant, h.priority, h.deaths, id, true)
end

function verbs.cancel(h, id, _, text, verb)
  if verb == 'retry' or verb == 'discard' then
    append_error(id, text, max_errors)
  end
  finish(h, id, CANCELLED, time)
end

-- The state of a job whose claim is not current any more but ended by its own worker; 0 otherwise.
local function remembered(worker, id, number)
  local h = read(id)
  local age = h and h.claims - number
  if not h or age < 0 or age > 7 or (age == 0 and h.worker ~= worker) then
    return 0
  end
  return bit.band(h.ends, bit.lshift(1, age)) ~= 0 and h.state or 0
end

local function settle(worker, id, number, verb, millis, text, is_current)
  if not is_current then
    return remembered(worker, id, number)
  end
  local h = read(id)
  if not h then
    return 0
  end
  local asked = requested(h) and verb ~= 'complete'
  h.flags = 0
  h.ends = bit.bor(h.ends, 1)
  verbs[asked and 'cancel' or verb](h, id, millis, text, verb)
  write(id, h)
  return h.state
end

local seen = {}
for n = 1, #members do
  local i = 6 * n - 3
  -- Of the same claim twice in one batch only the first one is current.
  local is_current = current[n] and not seen[members[n]]
  seen[members[n]] = true
  answers[n] =
    settle(ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2]), ARGV[i + 3], tonumber(ARGV[i + 4]), ARGV[i + 5], is_current)
end

push_finished()
wake(push_placed() + push_scheduled())
return answers
