-- promote: moves due jobs to their lanes, discards what has expired, brings back what nothing holds up any more, and
-- goes on with counting claims in under new limits.
--
-- ARGV    [2] how many of each at most
-- Answer  {how many jobs became available, milliseconds until the next job is due or the next scope is looked at, or -1}
-- Wakes   as many armed workers as jobs may start

local time, most = now(), tonumber(ARGV[2])

local function expire_due()
  local ids = call('ZRANGEBYSCORE', key('expiries'), '-inf', time, 'LIMIT', 0, most)
  for _, id in ipairs(ids) do
    local h = read(id)
    -- One that runs may end; it is listed again when it comes back.
    if h and h.state ~= RUNNING and not FINAL[h.state] and is_expired(h, time) then
      expire(h, id, time)
      write(id, h)
    end
  end
  call_in_chunks('ZREM', 'expiries', ids)
end

expire_due()
local promoted = promote_due(time, most)
if config().counting then
  go_on_counting_any()
end
if config().rules then
  lift_due(time)
end
commit(time)
return { promoted, until_next(time) }
