-- Parking: jobs that could start but for a rule stand apart, out of the way of what is behind them.
--
-- parked:SCOPE    list of the entries that this scope holds up, oldest first
-- pause_ends      sorted set: scope -> the millisecond in which its pause is over
-- parkings        set: the scopes that hold jobs up: those with such a list, and those of benched tenants
-- unserved:K      list of the entries of kind K that wait for a worker that serves it
-- unserved        set: the kinds with such a list
-- serving:K       set: the living workers that serve kind K; `serving:*` those that claim every kind

-- No lost event strands a job: a scope that holds something up is looked at this often, in milliseconds.
local LOOK_AGAIN = 5000

local note, look_again_at, park_under, park_unserved, push_parked, push_notes, bench, unbench
do
  local parked, notes
  -- The scopes from which jobs may have been brought back that wait elsewhere now.
  local left

  at_the_start(function()
    parked, notes, left = {}, {}, {}
  end)

  -- Has a scope be looked at again, at the latest then.
  function note(name, at)
    notes[name] = math.min(notes[name] or at, at)
  end

  -- When to look again at a scope that holds something up.
  function look_again_at(s)
    local time = now_micros() / 1000
    local at = time + LOOK_AGAIN
    if is_paused(s) then
      return math.floor(s.paused_until > 0 and math.min(at, s.paused_until) or at)
    end
    return math.floor(s.interval and free_slots(s) > 0 and math.min(at, opens_at(s, 0)) or at)
  end

  -- Parks an available job in a list. One that was there before, or was given back, goes to the front.
  local function park(h, id, list, name)
    for _, own in ipairs(has(h.flags, UNPARKED) and own_scopes(h) or {}) do
      if own ~= name then
        left[own] = true
      end
    end
    local side = (h.is_in_front or has(h.flags, UNPARKED)) and 'front' or 'back'
    local entry = new_entry(h, id)
    h.flags = with(without(h.flags, UNPARKED), PARKED)
    write(id, h)
    parked[list] = parked[list] or { name = name, front = {}, back = {} }
    table.insert(parked[list][side], entry)
  end

  function park_under(h, id, s)
    park(h, id, 'parked:' .. s.name, s.name)
    note(s.name, look_again_at(s))
  end

  function park_unserved(h, id)
    park(h, id, 'unserved:' .. h.kind, nil)
  end

  -- Wakes up to `count` of the armed workers that serve a kind.
  local function wake_serving(kind, count)
    local chosen = {}
    for _, serving in ipairs({ 'serving:' .. kind, 'serving:*' }) do
      for _, worker in ipairs(call('SINTER', key('armed'), key(serving))) do
        if #chosen < count and call('SREM', key('armed'), worker) == 1 then
          chosen[#chosen + 1] = worker
        end
      end
    end
    tell(chosen)
  end

  -- Pushes what was parked.
  function push_parked()
    for list, entries in pairs(parked) do
      call_in_chunks('RPUSH', list, entries.back)
      call_in_chunks('LPUSH', list, reversed(entries.front))
      if entries.name then
        call('SADD', key('parkings'), entries.name)
      else
        local kind = string.sub(list, #'unserved:' + 1)
        call('SADD', key('unserved'), kind)
        call('HSET', key('cfg'), 'unserved', 1)
        wake_serving(kind, #entries.back + #entries.front)
      end
    end
    parked = {}
  end

  -- A job that was brought back and waits elsewhere now leaves the room that it was brought back for to another one.
  local function note_left()
    local names = {}
    for name in pairs(left) do
      names[#names + 1] = name
    end
    if #names == 0 then
      return
    end
    left = {}
    local holds_up = call('SMISMEMBER', key('parkings'), unpack(names))
    for i, name in ipairs(names) do
      if holds_up[i] == 1 then
        note(name, math.floor(now_micros() / 1000))
      end
    end
  end

  -- Stores when to look again; answers whether the earliest such time has become an earlier one.
  function push_notes()
    note_left()
    if next(notes) == nil then
      return false
    end
    local head, earliest_note = first_score('lifts'), math.huge
    for name, at in pairs(notes) do
      call('ZADD', key('lifts'), 'LT', at, name)
      earliest_note = math.min(earliest_note, at)
    end
    notes = {}
    return not head or earliest_note < head
  end

  -- Takes a tenant out of the round: the ring whose turn it was drops it by itself, the others when it is their turn.
  function bench(tenant, bits, s)
    call('SADD', key('parkings'), s.name)
    note(s.name, look_again_at(s))
    return with_bit(bits, BENCHED)
  end

  -- Takes a tenant back into the round; answers for how many jobs a worker may come.
  function unbench(tenant, most)
    local bits = ready_bits(tenant)
    if not has_bit(bits, BENCHED) then
      return 0
    end
    bits = enroll(tenant, without_bit(bits, BENCHED))
    store_bits(tenant, bits)
    local waiting = 0
    for priority = 0, 9 do
      if may_hold(bits, priority) then
        local name = tenant .. ':' .. priority
        waiting = waiting + call('LLEN', key('lane:' .. name)) + call('LLEN', key('front:' .. name))
      end
    end
    return math.min(waiting, most)
  end
end
