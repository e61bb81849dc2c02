-- completed, cancelled, discarded   sorted sets: id -> the millisecond in which the job ended
-- errors:ID                         list: how attempts failed, newest last

-- As job.rs has it.
local MAX_ERRORS = 20

local finished

at_the_start(function()
  finished = {}
end)

-- Takes a job out of all that an unfinished one is part of, as one that ends in `state`.
local function leave(h, id, state, time)
  if h.state == AVAILABLE then
    recheck(h)
  elseif h.state ~= RUNNING then
    list_due(id, nil)
  end
  unique.let_go(h, id, state, time)
  batches.ended(h, id, state)
  unwatch_expiry(h, id)
end

-- Ends a job; `write` and `commit` have to follow.
local function finish(h, id, state, time)
  leave(h, id, state, time)
  become(h, state)
  h.finished_at = time
  local list = finished[state]
  if not list then
    list = {}
    finished[state] = list
  end
  list[#list + 1] = text_of(time)
  list[#list + 1] = id
end

-- Ends the claim of a running job: what belonged to it goes.
local function end_claim(h, member)
  release_slots(h, member)
  h.flags = 0
end

local function push_finished()
  for state, list in pairs(finished) do
    call_in_chunks('ZADD', FINAL[state], list)
  end
  finished = {}
end

-- `write` has to follow.
local function append_error(h, id, text)
  if text ~= '' then
    h.parts = with(h.parts, PART.ERRORS)
    call('RPUSH', key('errors:' .. id), text)
    call('LTRIM', key('errors:' .. id), -MAX_ERRORS, -1)
  end
end

-- Discards a job that was to start before now and did not; `write` and `commit` have to follow.
local function expire(h, id, time)
  append_error(h, id, cjson.encode({ attempt = h.attempt, expired_at = time }))
  finish(h, id, DISCARDED, time)
end

-- Gives an attempt back that ended through no fault of the handler.
local function refund(h)
  h.attempt = math.max(0, h.attempt - 1)
end
