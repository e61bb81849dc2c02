-- set_limit: sets or removes a limit. Where slots begin to count, those that run already are counted in, a page a call;
-- meanwhile claims take slots, but are not limited yet.
--
-- ARGV    [2] scope, [3] the limit as `limits` has it, empty to remove it, [4] the member of `running` after which to go
--         on, empty at first
-- Answer  where to go on, empty when all is done
-- Wakes   workers for what was brought back

-- How many claims one call looks at.
local PAGE = 500

local name, limit, after = ARGV[2], ARGV[3], ARGV[4]

local function limits_slots(text)
  return text and string.match(text, '^[1-9]') ~= nil
end

-- What holds for the scope by itself or, of a single one, as one of its sort.
local function in_force()
  return call('HGET', key('limits'), name) or each_limit(name)
end

local function is_covered(scope_name)
  return scope_name == name or each_of(scope_name) == name
end

local function count_in(member)
  local id = string.sub(member, 9, 24)
  local h = read(id)
  if not h or h.state ~= RUNNING then
    return
  end
  for _, scope_name in ipairs(all_scopes(h)) do
    if is_covered(scope_name) then
      call('SADD', key('slots:' .. scope_name), member)
      h.flags = with(h.flags, SLOTTED)
    end
  end
  write(id, h)
end

-- Counts a page of claims in; answers the last one when more follow.
local function count_page()
  local from = after == '' and '-' or '(' .. after
  local members = call('ZRANGEBYLEX', key('running'), from, '+', 'LIMIT', 0, PAGE)
  for _, member in ipairs(members) do
    count_in(member)
  end
  return #members == PAGE and members[PAGE] or nil
end

local function store(text)
  if text == '' then
    call('HDEL', key('limits'), name)
  else
    call('HSET', key('limits'), name, text)
    call('HSET', key('cfg'), 'rules', 1)
  end
end

-- Brings back what the limit held up and does no more.
local function lift_covered()
  if not string.find(name, '%*$') then
    lift(name, MOST_LIFTED)
    return
  end
  local covered, time = {}, now()
  for _, waiting in ipairs(call('ZRANGE', key('lifts'), 0, 999)) do
    if is_covered(waiting) then
      covered[#covered + 1] = waiting
    end
  end
  load_scopes(covered)
  for n, waiting in ipairs(covered) do
    if n <= LIFTS then
      lift(waiting, MOST_LIFTED)
    else
      note(waiting, time)
    end
  end
end

local begins = after == ''
local counts_already = limits_slots(in_force())
if begins then
  store(limit)
end
local next_page = nil
if not begins or (limits_slots(in_force()) and not counts_already) then
  next_page = count_page()
end
if next_page then
  if limit ~= '' then
    store('+' .. limit)
  end
  return next_page
end
if not begins and call('HGET', key('limits'), name) == '+' .. limit then
  store(limit)
end
lift_covered()
commit(now())
forget_rules()
return ''
