-- settle: ends claims, each if its token is current.
--
-- ARGV    [2] on, for each claim: worker, id, claim number, verb, milliseconds to wait, text (the result of complete,
--         the error of retry and discard, the reason of snooze), number of children, the JOB_FIELDS of each child
-- Answer  for each claim the state of its job, or 0 when the token is stale
-- Wakes   as many armed workers as jobs became available, and one more for a new earliest due time
--
-- result:ID  string: what the handler returned

local time = now()
local claims, members = {}, {}

local at = 2
while at <= #ARGV do
  local claim = {
    worker = ARGV[at], id = ARGV[at + 1], number = tonumber(ARGV[at + 2]), verb = ARGV[at + 3],
    millis = tonumber(ARGV[at + 4]), text = ARGV[at + 5], children = tonumber(ARGV[at + 6]), first_child = at + 7,
  }
  claims[#claims + 1] = claim
  members[#members + 1] = claim_member(claim.worker, claim.id, claim.number)
  at = claim.first_child + claim.children * #JOB_FIELDS
end
local current = call('ZMSCORE', key('running'), unpack(members))
call('ZREM', key('running'), unpack(members))

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

local function settle(claim, member, is_current)
  if not is_current then
    return remembered(claim)
  end
  local h = read(claim.id)
  if not h then
    return 0
  end
  local verb = requested(h) and claim.verb ~= 'complete' and 'cancel' or claim.verb
  if claim.verb == 'release' and h.deaths >= SUSPECT_AFTER_DEATHS and not has(h.flags, ALONE) then
    take_back_start(h)
  end
  end_claim(h, member)
  h.ends = bit.bor(h.ends, 1)
  verbs[verb](h, claim)
  write(claim.id, h)
  if verb == 'complete' then
    accept_children(claim)
  end
  return h.state
end

local answers, seen = {}, {}
for n, claim in ipairs(claims) do
  -- Of the same claim twice in one batch only the first one is current.
  local is_current = current[n] and not seen[members[n]]
  seen[members[n]] = true
  answers[n] = settle(claim, members[n], is_current)
end
commit()
return answers
