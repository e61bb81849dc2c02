-- due           sorted set: id -> the millisecond from which a scheduled or retryable job may start

local scheduled, earliest = {}, nil

local function schedule(id, run_at)
  scheduled[#scheduled + 1] = run_at
  scheduled[#scheduled + 1] = id
  earliest = math.min(earliest or run_at, run_at)
end

-- Stores what was scheduled; answers how many workers have to hear of it: one, when the earliest due time has
-- become an earlier one.
local function push_scheduled()
  if #scheduled == 0 then
    return 0
  end
  local head = call('ZRANGE', key('due'), 0, 0, 'WITHSCORES')
  local is_news = #head == 0 or earliest < tonumber(head[2])
  call('ZADD', key('due'), unpack(scheduled))
  scheduled, earliest = {}, nil
  return is_news and 1 or 0
end

-- Moves up to `most` due jobs to their lanes; answers how many.
local function promote_due(time, most)
  local ids = call('ZRANGEBYSCORE', key('due'), '-inf', time, 'LIMIT', 0, most)
  if #ids == 0 then
    return 0
  end
  for _, id in ipairs(ids) do
    local h = read(id)
    if h and (h.state == SCHEDULED or h.state == RETRYABLE) then
      h.state = AVAILABLE
      write(id, h)
      place(h.tenant, h.priority, h.deaths, id, false)
    end
  end
  call('ZREM', key('due'), unpack(ids))
  return push_placed()
end

-- Milliseconds until the next job is due, or -1.
local function until_due(time)
  local head = call('ZRANGE', key('due'), 0, 0, 'WITHSCORES')
  if #head == 0 then
    return -1
  end
  return math.max(0, head[2] - time)
end
