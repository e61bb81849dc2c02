-- claim: promotes what is due and lifts what has lifted, then hands out available jobs under new tokens.
--
-- ARGV    [2] worker, [3] how many at most, [4] whether a suspect may be among them (1 or 0), [5] the kinds that may
--         come, joined by commas, or `*` for every one
-- Answer  {whether more may be available, milliseconds until the next due job or lifted block or -1, the millisecond of
--         the claim, the ids, the lengths of the records, the records}, each of the last three as one string: taking a
--         thousand strings apart costs more than the jobs; the records as they were before the claim
-- Arms    the worker, when it gets fewer than it asked for
-- Wakes   workers for what became available and was not taken; those that serve the kind of what was parked for them

-- How many due jobs one call promotes.
local PROMOTE = 200

-- One suspect, if it can run.
local function take_suspect()
  while taken == 0 and looked < LOOK do
    local entry = call('LPOP', key('suspects'))
    if not entry then
      return
    end
    looked = looked + 1
    local record = records_of({ entry })[1]
    local h = open_entry(entry, record)
    if h then
      local names = own_scopes(h)
      if config().rules then
        table.insert(names, 1, 'tenant:' .. h.tenant)
        load_scopes(names)
      end
      take_or_park(string.sub(entry, 1, 16), h, record, names)
    end
  end
end

-- What the claimer serves and others did not comes back to the front of its lanes; answers whether some may be left.
local function bring_back_unserved()
  local kinds = {}
  if serves then
    for kind in pairs(serves) do
      kinds[#kinds + 1] = kind
    end
  else
    kinds = call('SRANDMEMBER', key('unserved'), 100)
  end
  if #kinds == 0 then
    return false
  end
  local left, is_cut_short = most, false
  local waiting = call('SMISMEMBER', key('unserved'), unpack(kinds))
  for i, kind in ipairs(kinds) do
    if waiting[i] == 1 then
      local brought, is_empty = bring_back('unserved:' .. kind, left)
      left = left - brought
      if is_empty then
        call('SREM', key('unserved'), kind)
      else
        is_cut_short = true
      end
    end
  end
  if call('EXISTS', key('unserved')) == 0 then
    call('HDEL', key('cfg'), 'unserved')
  end
  wake_later(push_placed())
  return is_cut_short
end

promote_due(time, PROMOTE)
if config().rules then
  lift_due(time)
end
-- Of what becomes available here the claimer takes its share itself.
wake_later(push_placed())

local is_open = not config().rules or room(scope('queue')) > 0
local alone, leaves_unserved = false, false
if is_open then
  if config().unserved then
    leaves_unserved = bring_back_unserved()
  end
  if config().moving then
    turns.move()
  end
  if may_suspect then
    take_suspect()
    alone = taken > 0
  end
  if not alone and not config().by_priority then
    turns.take('ring', IN_RING, nil)
  end
  for priority = 0, 9 do
    if not alone and config().by_priority then
      turns.take('ring:' .. priority, IN_RINGS + priority, priority)
    end
  end
end

call_in_chunks('ZADD', 'running', claims)
push_fresh()
call_in_chunks('SADD', 'touched', unlike_fresh)
-- Behind the turns that were taken: what waited for one that had expired, and follows it now.
local followed = push_placed()
wake_later(followed + push_scheduled())
if config().rules and taken < most and room(scope('queue')) == 0 then
  lift_queue(scope('queue'), most)
end
local is_sooner = push_notes()
if alone or taken == most or looked >= LOOK or followed > 0 or leaves_unserved or (is_open and config().moving) then
  answer[1] = 1
  if is_sooner then
    wake_later(1)
  end
  -- Armed by an earlier claim, and full now: a wake-up would be wasted on it.
  call('SREM', key('armed'), worker)
else
  call('SADD', key('armed'), worker)
  if not serves then
    call('SADD', key('serving:*'), worker)
  end
  answer[2] = until_next(time)
end
-- Nobody need come for what is taken already.
wake_later(-taken_anew)
commit(time)
answer[4], answer[5], answer[6] = table.concat(ids), table.concat(lengths), table.concat(records_taken)
return answer
