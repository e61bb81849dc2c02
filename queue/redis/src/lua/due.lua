-- due           sorted set: id -> the millisecond from which a scheduled or retryable job may start, or from which a
--               pending one holds its unique key; NEVER where that has no time
-- expiries      sorted set: id -> the millisecond from which a job is not worth starting any more
-- lifts         sorted set: scope -> the millisecond at which to look whether it still holds jobs up

-- For a job that only somebody else's end brings on: it stands in `due` so that it is found there.
local NEVER = 9007199254740991

local list_due, schedule, first_score, push_scheduled, watch_expiry, unwatch_expiry, push_expiries, until_next
do
  local scheduled, earliest, expiries

  at_the_start(function()
    scheduled, earliest, expiries = {}, nil, {}
  end)

  -- Lists a job in `due`; without an instant it is taken off.
  function list_due(id, at)
    scheduled[id] = at or false
    if at and at < NEVER then
      earliest = math.min(earliest or at, at)
    end
  end

  -- Has a scheduled or retryable job wait for its time; `write` has to follow.
  function schedule(h, id, run_at)
    h.run_at = run_at
    list_due(id, run_at)
  end

  -- The score of the first member, or nil.
  function first_score(name)
    local head = call('ZRANGE', key(name), 0, 0, 'WITHSCORES')
    return head[2] and tonumber(head[2])
  end

  -- Takes changes of a sorted set apart: scores and members to add, and members to remove.
  local function split(changes)
    local listed, dropped = {}, {}
    for id, at in pairs(changes) do
      if at then
        listed[#listed + 1] = at
        listed[#listed + 1] = id
      else
        dropped[#dropped + 1] = id
      end
    end
    return listed, dropped
  end

  -- Stores what was scheduled; answers how many workers have to hear of it: one, when the earliest due time has
  -- become an earlier one.
  function push_scheduled()
    local listed, dropped = split(scheduled)
    call_in_chunks('ZREM', 'due', dropped)
    local head = earliest and first_score('due')
    local is_news = earliest and (not head or earliest < head)
    call_in_chunks('ZADD', 'due', listed)
    scheduled, earliest = {}, nil
    return is_news and 1 or 0
  end

  -- Lists a job that is worth starting only before an instant, also when it comes back from a claim: while it ran, a
  -- later look may have been noted.
  function watch_expiry(h, id)
    if (h.expires_at or 0) > 0 then
      expiries[id] = h.expires_at
    end
  end

  function unwatch_expiry(h, id)
    if (h.expires_at or 0) > 0 then
      expiries[id] = false
    end
  end

  function push_expiries()
    local listed, dropped = split(expiries)
    call_in_chunks('ZREM', 'expiries', dropped)
    call_in_chunks('ZADD', 'expiries', listed)
    expiries = {}
  end

  -- Milliseconds until the next job is due or the next scope is looked at, or -1.
  function until_next(time)
    local due = first_score('due')
    local lift = config().rules and first_score('lifts')
    local at = due and lift and math.min(due, lift) or due or lift
    return at and at < NEVER and math.max(0, at - time) or -1
  end
end
