-- completed, cancelled, discarded   sorted sets: id -> the millisecond in which the job ended
-- errors:ID                         list: how attempts failed, newest last

local finished = {}

-- Ends a job; `write` and `push_finished` have to follow.
local function finish(h, id, state, time)
  h.state = state
  h.finished_at = time
  local list = finished[state]
  if not list then
    list = {}
    finished[state] = list
  end
  list[#list + 1] = time
  list[#list + 1] = id
end

local function push_finished()
  for state, list in pairs(finished) do
    call('ZADD', key(FINAL[state]), unpack(list))
  end
  finished = {}
end

local function append_error(id, text, most)
  if text ~= '' then
    call('RPUSH', key('errors:' .. id), text)
    call('LTRIM', key('errors:' .. id), -most, -1)
  end
end

-- Gives an attempt back that ended through no fault of the handler.
local function refund(h)
  h.attempt = math.max(0, h.attempt - 1)
end
