-- Lifting: what was held up comes back when what held it up is over.

-- How many scopes one script looks at because their time has come, and how many parked jobs in all.
local LIFTS = 100
local looks_left

at_the_start(function()
  looks_left = 500
end)
-- How many jobs one scope gets back at once.
local MOST_LIFTED = 200

-- Brings jobs of a parking list back to the front of their lanes, until `most` of them are of tenants that may start
-- them: the others wait there with their tenant, and leave the room to those behind them. Answers how many have come,
-- and whether the list is empty.
local function bring_back(list, most)
  local time = math.floor(now_micros() / 1000)
  local brought, room_of = 0, {}

  local function may_start(tenant)
    local left_to_it = room_of[tenant] or room(scope('tenant:' .. tenant))
    room_of[tenant] = left_to_it - 1
    return left_to_it > 0
  end

  while brought < most and looks_left > 0 do
    local entries = call('LPOP', key(list), math.min(most - brought, looks_left))
    if not entries then
      return brought, true
    end
    looks_left = looks_left - #entries
    for _, entry in ipairs(entries) do
      local id = string.sub(entry, 1, 16)
      local h = read(id)
      if h and is_placed(h, string.byte(entry, 17)) then
        if is_expired(h, time) then
          expire(h, id, time)
          write(id, h)
        else
          put(h, id, 'brought')
          h.flags = with(h.flags, UNPARKED)
          write(id, h)
          brought = brought + (may_start(h.tenant) and 1 or 0)
        end
      end
    end
  end
  return brought, call('EXISTS', key(list)) == 0
end

-- Where nothing is in force any more, claims need not look for it.
local function forget_rules()
  if call('EXISTS', key('pauses'), key('limits'), key('parkings'), key('lifts')) == 0 then
    call('HDEL', key('cfg'), 'rules')
  end
end

-- The queue holds up no single job, it only gives none.
local function lift_queue(s, most)
  local free = math.min(room(s), most)
  if free > 0 then
    wake_later(math.min(free, tonumber(call('HGET', key('counts'), AVAILABLE) or 0)))
  elseif not is_paused(s) or s.paused_until > 0 then
    note(s.name, look_again_at(s))
  end
end

-- Brings back up to `most` of the jobs that a scope holds up, no more than may start, and has the rest looked at when
-- more may.
local function lift(name, most)
  local s = scope(name)
  if name == 'queue' then
    return lift_queue(s, most)
  end
  local free = math.min(room(s), most)
  if free == 0 then
    if call('SISMEMBER', key('parkings'), name) == 1 then
      note(name, look_again_at(s))
    end
    return
  end
  if string.sub(name, 1, 7) == 'tenant:' then
    wake_later(unbench(string.sub(name, 8), free))
  end
  local brought, is_empty = bring_back('parked:' .. name, free)
  if is_empty then
    call('SREM', key('parkings'), name)
  elseif brought < free or brought == MOST_LIFTED then
    note(name, math.floor(now_micros() / 1000))
  else
    local opens = s.interval and opens_at(s, brought) or math.huge
    note(name, math.min(opens, math.floor(now_micros() / 1000) + LOOK_AGAIN))
  end
end

-- Forgets pauses that are over.
local function end_pauses(time)
  local names = call('ZRANGEBYSCORE', key('pause_ends'), '-inf', time, 'LIMIT', 0, LIFTS)
  if #names > 0 then
    call('HDEL', key('pauses'), unpack(names))
    call('ZREM', key('pause_ends'), unpack(names))
  end
end

-- Looks at the scopes whose time has come. No time is further ahead than LOOK_AGAIN, unless the clock has stepped back.
local function lift_due(time)
  end_pauses(time)
  for _, range in ipairs({ { '-inf', time }, { time + LOOK_AGAIN + 1, '+inf' } }) do
    local names = call('ZRANGEBYSCORE', key('lifts'), range[1], range[2], 'LIMIT', 0, LIFTS)
    if #names > 0 then
      call('ZREM', key('lifts'), unpack(names))
    end
    for _, name in ipairs(names) do
      lift(name, MOST_LIFTED)
    end
  end
  push_notes()
  forget_rules()
end

-- Brings back what waits for slots that were released, one for each.
local function lift_freed()
  local names = {}
  for name in pairs(freed) do
    names[#names + 1] = name
  end
  if #names == 0 or not config().rules then
    return
  end
  local holds_up = call('SMISMEMBER', key('parkings'), unpack(names))
  for i, name in ipairs(names) do
    -- A queue that was not full has nobody waiting for it.
    local was_full = name == 'queue' and free_slots(scope(name)) <= freed[name]
    if holds_up[i] == 1 or was_full then
      lift(name, freed[name])
    end
  end
  freed = {}
end
