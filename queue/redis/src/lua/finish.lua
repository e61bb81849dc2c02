-- completed             list: the ends of completed jobs, oldest first: id, the millisecond, and the parts that are kept
--                       beside the record, so that removing the job needs no look at it
-- void                  hash: those of them whose jobs are not completed any more, or gone -> how many of the first that are
--                       equal; a job may come to the same end again within a millisecond
-- cancelled, discarded  sorted sets: id -> the millisecond in which the job ended, plus a 128th for each of its parts as
--                       PART numbers them. Who ends like this is often taken out again, who is completed hardly ever
-- errors:ID             list: how attempts failed, newest last; failure.rs has the form

-- As job.rs has it.
local MAX_ERRORS = 20

local finished
-- The jobs whose claims have ended, as far as `touched` may know them.
local untouched

at_the_start(function()
  finished, untouched = {}, {}
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

-- Ends a job; `write` and `commit` have to follow, and somebody has to tell.
local function finish(h, id, state, time)
  leave(h, id, state, time)
  become(h, state)
  h.finished_at = time
  local list = finished[state]
  if not list then
    list = {}
    finished[state] = list
  end
  list[#list + 1] = { id, h }
end

-- Ends the claim of a running job: what belonged to it goes.
local function end_claim(h, id, member)
  release_slots(h, member)
  h.flags = 0
  untouched[#untouched + 1] = id
end

local ENDED = '>c16I6B'

local push_ends, voids_among, take_out_ended, push_finished
do
  -- Notes the ends of completed jobs.
  function push_ends(ends)
    call_in_chunks('RPUSH', 'completed', ends)
  end

  -- Which of these ends, from the front of the list on, are void: a table of those that are.
  function voids_among(ends)
    local are_void = {}
    if #ends == 0 or call('EXISTS', key('void')) == 0 then
      return are_void
    end
    local numbers, met = call('HMGET', key('void'), unpack(ends)), {}
    for n, ended in ipairs(ends) do
      if numbers[n] then
        met[ended] = (met[ended] or 0) + 1
        are_void[n] = met[ended] <= tonumber(numbers[n]) or nil
      end
    end
    return are_void
  end

  -- Takes a job that has ended out of the others that ended like it.
  function take_out_ended(h, id)
    if h.state == COMPLETED then
      call('HINCRBY', key('void'), struct.pack(ENDED, id, h.finished_at, h.parts), 1)
    else
      call('ZREM', key(FINAL[h.state]), id)
    end
  end

  function push_finished()
    for state, list in pairs(finished) do
      local ends = {}
      for _, job in ipairs(list) do
        local id, h = job[1], job[2]
        if state == COMPLETED then
          ends[#ends + 1] = struct.pack(ENDED, id, h.finished_at, h.parts)
        else
          ends[#ends + 1] = string.format('%.7f', h.finished_at + h.parts / 128)
          ends[#ends + 1] = id
        end
      end
      if state == COMPLETED then
        push_ends(ends)
      else
        call_in_chunks('ZADD', FINAL[state], ends)
      end
    end
    call_in_chunks('SREM', 'touched', untouched)
    finished, untouched = {}, {}
  end
end

-- Notes how a job failed, an object of JSON, with the claim that has ended and the time; `write` has to follow.
local function append_error(h, id, text)
  if text ~= '' then
    h.parts = with(h.parts, PART.ERRORS)
    local noted = string.format('{"claim":%d,"at":%d,%s', h.claims, now(), string.sub(text, 2))
    call('RPUSH', key('errors:' .. id), noted)
    call('LTRIM', key('errors:' .. id), -MAX_ERRORS, -1)
  end
end

-- Discards a job that was to start before now and did not; `write` and `commit` have to follow.
local function expire(h, id, time)
  append_error(h, id, cjson.encode({ attempt = h.attempt }))
  finish(h, id, DISCARDED, time)
  tell_event('expire', h, id, DISCARDED)
end

-- Gives an attempt back that ended through no fault of the handler.
local function refund(h)
  h.attempt = math.max(0, h.attempt - 1)
end
