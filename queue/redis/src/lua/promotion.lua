-- Promotion: what is due becomes available.

-- Moves up to `most` due jobs to their lanes; answers how many became available.
local function promote_due(time, most)
  local ids = call('ZRANGEBYSCORE', key('due'), '-inf', time, 'LIMIT', 0, most)
  local promoted = 0
  for _, id in ipairs(ids) do
    local h = read(id)
    -- Whatever becomes of it may list it again, at another time.
    list_due(id, nil)
    local waits = h and (h.state == SCHEDULED or h.state == RETRYABLE)
    if waits and h.run_at > time then
      -- It was pending a moment ago: the holder of its key came up before it, and it has a time of its own.
      list_due(id, h.run_at)
    elseif h and (waits or h.state == PENDING) and is_expired(h, time) then
      expire(h, id, time)
      write(id, h)
    elseif h and h.state == PENDING then
      unique.inherit_due(h, id, time)
      promoted = promoted + 1
    elseif waits then
      become(h, AVAILABLE)
      place(h, id, false)
      write(id, h)
      promoted = promoted + 1
    end
  end
  return promoted
end
