-- Turns: tenants come one after the other, each with as many jobs as its weight.
--
-- credits  hash: ring -> how many jobs the first tenant's turn has left, when a claim has cut it short
-- tenants  hash: tenant -> its weight and, if it has one of its own, its quota

local turns = {}
do
  -- How many entries are taken out at once while those before them could not run.
  local LARGEST_REACH = 64
  -- What a turn without any entry counts, in entries looked at.
  local IDLE_TURN = 4
  -- How many tenants change over at once to the rings of another order.
  local MOVE = 200

  -- Has tenants change over from the rings of the other order.
  function turns.move()
    local left = MOVE
    local function empty(ring, in_ring)
      local tenants = left > 0 and call('LPOP', key(ring), left) or {}
      for _, tenant in ipairs(tenants) do
        store_bits(tenant, enroll(tenant, without_bit(ready_bits(tenant), in_ring)))
      end
      left = left - #tenants
    end
    if config().by_priority then
      empty('ring', IN_RING)
    else
      for priority = 0, 9 do
        empty('ring:' .. priority, IN_RINGS + priority)
      end
    end
    call('DEL', key('credits'))
    if left > 0 then
      call('HDEL', key('cfg'), 'moving')
      config().moving = false
    end
  end

  local function lowest(bits)
    for priority = 0, 9 do
      if may_hold(bits, priority) then
        return priority
      end
    end
  end

  -- Takes out up to `number` of the first entries of a lane; answers them, how many of them were in its front, and the
  -- tenant's bits afterwards.
  local function pop(lane, priority, number, bits)
    local entries, in_front = {}, 0
    local function pop_from(list, n)
      local found = call('LPOP', key(list .. lane), number - #entries) or {}
      for _, entry in ipairs(found) do
        entries[#entries + 1] = entry
      end
      if #entries < number then
        bits = without_bit(bits, n)
      end
    end
    if has_bit(bits, FRONTS + priority) then
      pop_from('front:', FRONTS + priority)
      in_front = #entries
    end
    if #entries < number and has_bit(bits, priority) then
      pop_from('lane:', priority)
    end
    return entries, in_front, bits
  end

  -- Puts back what was taken out and not dealt with; answers the tenant's bits afterwards.
  local function put_back(lane, priority, entries, in_front, dealt_with, bits)
    for i = #entries, dealt_with + 1, -1 do
      local is_front = i <= in_front
      call('LPUSH', key((is_front and 'front:' or 'lane:') .. lane), entries[i])
      bits = with_bit(bits, is_front and FRONTS + priority or priority)
    end
    return bits
  end

  local function weight_of(tenant)
    local policy = config().weights and call('HGET', key('tenants'), tenant)
    return policy and tonumber(string.match(policy, '^%d+')) or 1
  end

  -- The turn of the first tenant in a ring: how many jobs it has left, and how many entries to take out at once.
  local turn_left, reach

  local function end_turn()
    turn_left, reach = nil, 1
  end

  -- Takes from a lane what the turn of its tenant gives now, the last one of a ring without end; answers the tenant's bits
  -- afterwards.
  local function take_from(tenant, priority, bits, s, is_last)
    turn_left = turn_left or weight_of(tenant)
    local free = s and math.min(room(s), room(scope('queue'))) or math.huge
    local wanted = math.min(is_last and math.huge or turn_left, most - taken, free)
    local lane, taken_before = tenant .. ':' .. priority, taken
    local entries, in_front
    entries, in_front, bits = pop(lane, priority, math.max(wanted, reach), bits)
    local dealt_with = #entries > 0 and take_some(entries, in_front, wanted) or 0
    bits = put_back(lane, priority, entries, in_front, dealt_with, bits)
    turn_left = turn_left - (taken - taken_before)
    reach = taken > taken_before and 1 or math.min(2 * reach, LARGEST_REACH)
    return bits
  end

  -- Goes on with the turn of the first tenant of a ring; answers false when nobody is in it.
  local function go_on(ring, in_ring, only_priority)
    local first = call('LRANGE', key(ring), 0, 1)
    local tenant, is_last = first[1], #first < 2
    if not tenant then
      return false
    end
    local before, looked_before = ready_bits(tenant), looked
    local bits, priority = before, only_priority or lowest(before)
    local s = config().rules and scope('tenant:' .. tenant)
    if s and room(s) == 0 and not has_bit(bits, BENCHED) then
      bits = bench(tenant, bits, s)
    end
    if not has_bit(bits, BENCHED) and priority and may_hold(bits, priority) then
      bits = take_from(tenant, priority, bits, s, is_last)
    end
    if looked == looked_before then
      looked = looked + IDLE_TURN
    end

    if has_bit(bits, BENCHED) or not may_hold(bits, only_priority or lowest(bits) or 0) then
      call('LPOP', key(ring))
      bits = without_bit(bits, in_ring)
      end_turn()
    elseif turn_left <= 0 then
      if not is_last then
        call('LMOVE', key(ring), key(ring), 'LEFT', 'RIGHT')
      end
      end_turn()
    end
    if bits ~= before then
      store_bits(tenant, bits)
    end
    return true
  end

  local function goes_on()
    return taken < most and looked < LOOK and (not config().rules or room(scope('queue')) > 0)
  end

  -- How many tenants a round has at most.
  local ROUND = 256

  -- What the bits of tenants say, which are the same for many: their first priority if they may have anything, how the
  -- names of its lanes end, and whether there may be something in its front.
  local known_bits = {}

  local function said_by(bits)
    local said = known_bits[bits]
    if not said then
      local priority = lowest(bits)
      said = {
        priority = priority, lane = ':' .. tostring(priority),
        has_front = priority ~= nil and has_bit(bits, FRONTS + priority),
      }
      known_bits[bits] = said
    end
    return said
  end

  -- Takes one entry out of the first lane of a tenant, if there is one; answers whether it was in the front, and the
  -- tenant's bits afterwards.
  local function pop_one(tenant, bits)
    local said = said_by(bits)
    if not said.priority then
      return nil, false, bits
    end
    local entry = not said.has_front and call('LPOP', key('lane:' .. tenant .. said.lane))
    if entry then
      return entry, false, bits
    end
    local entries, in_front
    entries, in_front, bits = pop(tenant .. said.lane, said.priority, 1, bits)
    return entries[1], in_front == 1, bits
  end

  -- Puts the tenants of a round behind the others, or, where one got nothing for its turn, before them again; who has no
  -- more jobs leaves the ring.
  local function end_round(tenants, before, after, has_got)
    local last, first, changed, gone = {}, {}, {}, {}
    for i, tenant in ipairs(tenants) do
      local bits = after[i]
      if not said_by(bits).priority then
        bits = without_bit(bits, IN_RING)
      elseif has_got[i] then
        last[#last + 1] = tenant
      else
        table.insert(first, 1, tenant)
      end
      if bits == 0 then
        gone[#gone + 1] = tenant
      elseif bits ~= before[i] then
        changed[#changed + 1] = tenant
        changed[#changed + 1] = bits
      end
    end
    call('LPOP', key('ring'), #tenants)
    call_in_chunks('RPUSH', 'ring', last)
    call_in_chunks('LPUSH', 'ring', first)
    call_in_chunks('HSET', 'ready', changed)
    call_in_chunks('HDEL', 'ready', gone)
    return #first == 0
  end

  -- One turn each for many tenants, where a turn is one job and no rule is in force: what `go_on` does for each of them,
  -- with few commands for all. Answers false when it is for `go_on` to see to the next one.
  local function take_round()
    local tenants = call('LRANGE', key('ring'), 0, math.min(most - taken, ROUND) - 1)
    if #tenants < 2 then
      return false
    end
    local before, after, entries, in_front, owners = call('HMGET', key('ready'), unpack(tenants)), {}, {}, {}, {}
    for i, tenant in ipairs(tenants) do
      before[i] = tonumber(before[i] or 0)
      local entry, is_in_front
      entry, is_in_front, after[i] = pop_one(tenant, before[i])
      if entry then
        entries[#entries + 1] = entry
        in_front[#entries] = is_in_front
        owners[#entries] = i
      end
    end
    looked = looked + #tenants - #entries
    local has_got = {}
    for n, was_taken in ipairs(#entries > 0 and take_each(entries, in_front) or {}) do
      has_got[owners[n]] = was_taken
    end
    return end_round(tenants, before, after, has_got)
  end

  -- Lets the tenants of a ring take turns. What is left of a turn waits for the next claim.
  function turns.take(ring, in_ring, only_priority)
    end_turn()
    if not (only_priority or config().rules or config().weights) then
      while taken < most and looked < LOOK and take_round() do end
    end
    local had_credit = config().weights and call('HGET', key('credits'), ring)
    turn_left = had_credit and tonumber(had_credit) or nil
    while goes_on() and go_on(ring, in_ring, only_priority) do end
    if config().weights and turn_left then
      call('HSET', key('credits'), ring, turn_left)
    elseif had_credit then
      call('HDEL', key('credits'), ring)
    end
  end
end
