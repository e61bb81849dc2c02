-- Counting in: where slots begin to count, the claims that run already are counted, a page a call. Meanwhile claims take
-- slots, but are not limited yet. Whoever comes next goes on, so that nothing hangs on who has begun.
--
-- counting      hash: what a limit is set for -> the member of `running` after which to go on, empty at first
-- cfg           `counting` is there while that is not empty

-- How many claims one call looks at for one limit.
local COUNT_PAGE = 500

local function is_covered(name, scope_name)
  return scope_name == name or each_of(scope_name) == name
end

local function count_in(name, member)
  local id = string.sub(member, 9, 24)
  local h = read(id)
  if not h or h.state ~= RUNNING then
    return
  end
  for _, scope_name in ipairs(all_scopes(h)) do
    if is_covered(name, scope_name) then
      call('SADD', key('slots:' .. scope_name), member)
      h.flags = with(h.flags, SLOTTED)
      forget_scope(scope_name)
    end
  end
  write(id, h)
end

local function begin_counting(name)
  call('HSET', key('counting'), name, '')
  call('HSET', key('cfg'), 'counting', 1)
end

local function end_counting(name)
  call('HDEL', key('counting'), name)
  if call('EXISTS', key('counting')) == 0 then
    call('HDEL', key('cfg'), 'counting')
  end
end

-- Counts a page in for one limit, if there is anything left to count; answers whether there may be more. What has been
-- counted in full is in force.
local function go_on_counting(name)
  local after = call('HGET', key('counting'), name)
  if not after then
    return false
  end
  local members = call('ZRANGEBYLEX', key('running'), after == '' and '-' or '(' .. after, '+', 'LIMIT', 0, COUNT_PAGE)
  for _, member in ipairs(members) do
    count_in(name, member)
  end
  if #members == COUNT_PAGE then
    call('HSET', key('counting'), name, members[COUNT_PAGE])
    return true
  end
  end_counting(name)
  local limit = call('HGET', key('limits'), name)
  if limit and string.sub(limit, 1, 1) == '+' then
    call('HSET', key('limits'), name, string.sub(limit, 2))
  end
  each_limits[name] = nil
  return false
end

-- The same for one of the limits whose setters may be gone.
local function go_on_counting_any()
  local names = call('HKEYS', key('counting'))
  if names[1] then
    go_on_counting(names[1])
  end
end
