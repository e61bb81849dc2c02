-- settle: ends claims, each if its token is current.
--
-- ARGV    [2] on, for each claim: its member of `running`, verb, milliseconds to wait, text (the result of complete, the
--         error of retry and discard, the reason of snooze), number of children, the JOB_FIELDS of each child
-- Answer  for each claim the state of its job, or 0 when the token is stale
-- Wakes   as many armed workers as jobs became available, and one more for a new earliest due time
--
-- result:ID  string: what the handler returned

local time = now()
-- Where each claim stands among the arguments.
local positions, members = {}, {}

local next_position = 2
while next_position <= #ARGV do
  positions[#positions + 1] = next_position
  members[#members + 1] = ARGV[next_position]
  next_position = next_position + 5 + ARGV[next_position + 4] * #JOB_FIELDS
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

local function claim_at(position)
  local worker, id, number = struct.unpack('>c8c16I4', ARGV[position])
  return {
    worker = worker, id = id, number = number, verb = ARGV[position + 1], millis = tonumber(ARGV[position + 2]),
    text = ARGV[position + 3], children = tonumber(ARGV[position + 4]), first_child = position + 5,
  }
end

local completed, complete_plain = {}, nil
do
  -- The last byte that the end of a plain job looks at: the header has 60, the tenant at most 64.
  local PLAIN_READ = '123'
  local stamp = text_of(time)

  -- Completes a job as most are, if it is one: nothing but its own record and its result has to change. It does what
  -- `finish` does, without taking the record apart.
  function complete_plain(position, member)
    if ARGV[position + 1] ~= 'complete' or ARGV[position + 4] ~= '0' then
      return false
    end
    local id = string.sub(member, 9, 24)
    local head = call('GETRANGE', job_key(id), '0', PLAIN_READ)
    if #head < HEADER_BYTES or string.byte(head, AT.FLAGS) ~= 0 or string.byte(head, AT.FEATURES) ~= 0 then
      return false
    end
    local parts, result = string.byte(head, AT.PARTS), ARGV[position + 3]
    if result ~= '' then
      parts = with(parts, PART.RESULT)
      call('SET', key('result:' .. id), result)
    end
    call('SETRANGE', job_key(id), '1', struct.pack('>BBc3Bc18I6BB', COMPLETED, 0, string.sub(head, 4, 6),
      bit.bor(string.byte(head, 7), 1), string.sub(head, 8, 25), time, string.byte(head, AT.PLACEMENT), parts))
    count(COUNT[RUNNING], -1)
    count(COUNT[COMPLETED], 1)
    count('t:' .. string.sub(head, HEADER_BYTES + 1, HEADER_BYTES + string.byte(head, AT.TENANT_BYTES)), -1)
    completed[#completed + 1] = stamp
    completed[#completed + 1] = id
    return true
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
for n, member in ipairs(members) do
  -- Of the same claim twice in one batch only the first one is current.
  if not current[n] or seen[member] then
    answers[n] = remembered(claim_at(positions[n]))
  elseif complete_plain(positions[n], member) then
    answers[n] = COMPLETED
  else
    answers[n] = settle(claim_at(positions[n]), member)
  end
  seen[member] = true
end
call_in_chunks('ZADD', 'completed', completed)
commit()
return answers
