-- counts        hash: `1` to `8` -> jobs in the state with this code; `t:TENANT` -> unfinished jobs of the tenant
--
-- Each script collects what it changes and writes it once, in the step in which it changes the jobs.

-- The fields of the states.
local COUNT = { '1', '2', '3', '4', '5', '6', '7', '8' }

local count, become, become_new, become_gone, unfinished, unfinished_of, push_counts
do
  local counted

  at_the_start(function()
    counted = {}
  end)

  function count(field, by)
    counted[field] = (counted[field] or 0) + by
  end

  local function is_unfinished(state)
    return state ~= nil and FINAL[state] == nil
  end

  -- From one state to another; nil stands for a job that is not there.
  local function move_count(h, from, to)
    if from then
      count(COUNT[from], -1)
    end
    if to then
      count(COUNT[to], 1)
    end
    if is_unfinished(from) ~= is_unfinished(to) then
      count('t:' .. h.tenant, is_unfinished(to) and 1 or -1)
    end
  end

  -- Puts a job into another state; `write` has to follow.
  function become(h, state)
    if h.state ~= state then
      move_count(h, h.state, state)
      h.state = state
    end
  end

  -- The same for a job that is new, and for one that is being removed.
  function become_new(h, state)
    h.state = state
    move_count(h, nil, state)
  end

  function become_gone(h)
    move_count(h, h.state, nil)
  end

  -- How many unfinished jobs the queue has by now, and one tenant.
  function unfinished()
    local total = 0
    for state, stored in ipairs(call('HMGET', key('counts'), '1', '2', '3', '4', '5')) do
      total = total + (stored or 0) + (counted[tostring(state)] or 0)
    end
    return total
  end

  function unfinished_of(tenant)
    return (call('HGET', key('counts'), 't:' .. tenant) or 0) + (counted['t:' .. tenant] or 0)
  end

  -- One command for each costs less than reading and writing all as long as these are few.
  local FEW = 6

  local function push_few(fields)
    for _, field in ipairs(fields) do
      if call('HINCRBY', key('counts'), field, counted[field]) <= 0 then
        call('HDEL', key('counts'), field)
      end
    end
  end

  local function push_many(fields)
    local before, after, gone = call('HMGET', key('counts'), unpack(fields)), {}, {}
    for n, field in ipairs(fields) do
      local number = (before[n] or 0) + counted[field]
      if number > 0 then
        after[#after + 1] = field
        after[#after + 1] = string.format('%d', number)
      else
        gone[#gone + 1] = field
      end
    end
    call_in_chunks('HSET', 'counts', after)
    call_in_chunks('HDEL', 'counts', gone)
  end

  function push_counts()
    local fields = {}
    for field, by in pairs(counted) do
      if by ~= 0 then
        fields[#fields + 1] = field
      end
    end
    local push = #fields > FEW and push_many or push_few
    push(fields)
    counted = {}
  end
end
