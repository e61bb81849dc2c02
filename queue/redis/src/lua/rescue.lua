-- rescue: ends claims whose workers cannot, each if its token is current.
--
-- ARGV    [2] on, 7 for each claim: worker, id, claim number, verb (revive, retry, discard), deaths, milliseconds to
--         wait, error
-- Answer  for each claim 1, or 0 when the token is stale
-- Wakes   as many armed workers as jobs became available, and one more for a new earliest due time

local time = now()
local answers = {}

local verbs = {}

function verbs.revive(h, id, deaths)
  h.deaths = deaths
  refund(h)
  become(h, AVAILABLE)
  place(h, id, true)
  watch_expiry(h, id)
end

function verbs.retry(h, id, _, millis)
  become(h, RETRYABLE)
  schedule(h, id, time + millis)
  watch_expiry(h, id)
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

for i = 2, #ARGV, 7 do
  local id, verb = ARGV[i + 1], ARGV[i + 3]
  local member = claim_member(ARGV[i], id, ARGV[i + 2])
  local was_current = call('ZREM', key('running'), member) == 1
  local h = was_current and read(id)
  if h then
    verb = requested(h) and 'cancel' or verb
    end_claim(h, id, member)
    append_error(h, id, ARGV[i + 6])
    verbs[verb](h, id, tonumber(ARGV[i + 4]), tonumber(ARGV[i + 5]))
    tell_event(verb == 'revive' and 'rescue' or verb, h, id, h.state)
    write(id, h)
  end
  answers[#answers + 1] = h and 1 or 0
end
commit()
return answers
