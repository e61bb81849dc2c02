-- rescue: ends claims whose workers cannot, each if its token is current.
--
-- ARGV    [2] how many errors a job keeps, then 7 for each claim: worker, id, claim number, verb (revive, retry,
--         discard), deaths, milliseconds to wait, error
-- Answer  for each claim 1, or 0 when the token is stale
-- Wakes   as many armed workers as jobs became available, and one more for a new earliest due time

local time = now()
local max_errors = tonumber(ARGV[2])
local answers = {}

local verbs = {}

function verbs.revive(h, id, deaths)
  h.deaths = deaths
  refund(h)
  h.state = AVAILABLE
  place(h.tenant, h.priority, h.deaths, id, true)
end

function verbs.retry(h, id, _, millis)
  h.state = RETRYABLE
  h.run_at = time + millis
  schedule(id, h.run_at)
end

function verbs.discard(h, id, deaths)
  if deaths > h.deaths then
    -- It died; its handler did not fail.
    refund(h)
  end
  h.deaths = deaths
  finish(h, id, DISCARDED, time)
end

function verbs.cancel(h, id)
  finish(h, id, CANCELLED, time)
end

for i = 3, #ARGV, 7 do
  local id, verb = ARGV[i + 1], ARGV[i + 3]
  local was_current = call('ZREM', key('running'), claim_member(ARGV[i], id, ARGV[i + 2])) == 1
  local h = was_current and read(id)
  if h then
    local asked = requested(h)
    h.flags = 0
    append_error(id, ARGV[i + 6], max_errors)
    verbs[asked and 'cancel' or verb](h, id, tonumber(ARGV[i + 4]), tonumber(ARGV[i + 5]))
    write(id, h)
  end
  answers[#answers + 1] = h and 1 or 0
end

push_finished()
wake(push_placed() + push_scheduled())
return answers
