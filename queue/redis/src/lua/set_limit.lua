-- set_limit: sets or removes a limit; claims that run already are counted in.
--
-- ARGV    [2] scope, [3] the limit as `limits` has it, empty to remove it, [4] 1 to go on with counting only
-- Answer  1 when claims are left that have to be counted in, 0 when all is done
-- Wakes   workers for what was brought back

local name, limit, goes_on = ARGV[2], ARGV[3], ARGV[4] == '1'

local function limits_slots(text)
  return text and string.match(text, '^[1-9]') ~= nil
end

-- What holds for the scope by itself or, of a single one, as one of its sort.
local function in_force()
  return call('HGET', key('limits'), name) or each_limit(name)
end

local function store(text)
  each_limits[name] = nil
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
    if is_covered(name, waiting) then
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

if not goes_on then
  local counts_already = limits_slots(in_force())
  end_counting(name)
  store(limit)
  if limits_slots(in_force()) and not counts_already then
    store(limit == '' and '' or '+' .. limit)
    begin_counting(name)
  end
end
if go_on_counting(name) then
  return 1
end
lift_covered()
commit(now())
forget_rules()
return 0
