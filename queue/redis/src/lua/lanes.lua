-- Lanes: two lists for each tenant and priority, and rings of the tenants that have any.
--
-- lane:T:P      list of the entries of tenant T with priority P
-- front:T:P     the same for what was there before: given back, or brought back from where it was parked. It comes
--               before the lane
-- suspects      list of the entries that must run alone
-- ring          list of the tenants with ready jobs; the first one is next (tenants first)
-- ring:P        the same for one priority (priority first)
-- ready         hash: tenant -> bits: 0 to 9 the priorities whose lanes may hold something, 10 to 19 in `ring:P`,
--               20 in `ring`, 21 benched: a rule keeps the tenant out of the rings; 22 to 31 the priorities whose
--               fronts may hold something
--
-- An entry is an id and the number of the job's placement. A job that was placed anew, or is not available any more,
-- leaves its entry behind; whoever comes across it drops it.
--
-- Placements are collected first and pushed together, so that a batch costs one push a lane.

local SUSPECT_AFTER_DEATHS = 2
local IN_RINGS, IN_RING, BENCHED, FRONTS = 10, 20, 21, 22

local lanes, lanes_by_name, suspects
-- The jobs that this call has placed.
local placed_now

at_the_start(function()
  lanes, lanes_by_name, suspects, placed_now = {}, {}, {}, {}
end)

local function has_bit(bits, n)
  return bit.band(bits, bit.lshift(1, n)) ~= 0
end

local function with_bit(bits, n)
  return bit.bor(bits, bit.lshift(1, n))
end

local function without_bit(bits, n)
  return bit.band(bits, bit.bnot(bit.lshift(1, n)))
end

-- Whether a tenant may have something of a priority.
local function may_hold(bits, priority)
  return has_bit(bits, priority) or has_bit(bits, FRONTS + priority)
end

local function ready_bits(tenant)
  return tonumber(call('HGET', key('ready'), tenant) or 0)
end

local function store_bits(tenant, bits)
  if bits == 0 then
    call('HDEL', key('ready'), tenant)
  else
    call('HSET', key('ready'), tenant, bits)
  end
end

-- The next entry of a job; all earlier ones are void from now on.
local function new_entry(h, id)
  h.placement = (h.placement + 1) % 256
  return id .. string.char(h.placement)
end

-- What has been placed so far in a lane, and how many of these are plain jobs that are not counted yet.
local function lane_of(tenant, priority)
  local last = lanes[#lanes]
  if last and last.tenant == tenant and last.priority == priority then
    return last
  end
  local name = tenant .. ':' .. priority
  local lane = lanes_by_name[name]
  if not lane then
    lane = { tenant = tenant, priority = priority, name = name, front = {}, brought = {}, back = {}, plain = 0 }
    lanes_by_name[name] = lane
    lanes[#lanes + 1] = lane
  end
  return lane
end

-- Whether an entry with this placement leads to the job.
local function is_placed(h, placement)
  return h.state == AVAILABLE and h.placement == placement
end

-- Where an available job goes: to the `back` of its lane; to the `front`, before all others; or, `brought` back from
-- where it was parked, behind others that were. `write` has to follow.
local function put(h, id, side)
  local entry = new_entry(h, id)
  placed_now[id] = true
  h.flags = without(without(h.flags, PARKED), UNPARKED)
  if h.deaths >= SUSPECT_AFTER_DEATHS then
    suspects[#suspects + 1] = entry
    return
  end
  local list = lane_of(h.tenant, h.priority)[side]
  list[#list + 1] = entry
end

-- Places an available job; `write` has to follow.
local function place(h, id, in_front)
  put(h, id, in_front and 'front' or 'back')
end

-- Puts a tenant into the rings that it belongs to and is not in; answers its bits.
local function enroll(tenant, bits)
  if has_bit(bits, BENCHED) then
    return bits
  end
  if not config().by_priority then
    if not has_bit(bits, IN_RING) then
      call('RPUSH', key('ring'), tenant)
    end
    return with_bit(bits, IN_RING)
  end
  for priority = 0, 9 do
    if may_hold(bits, priority) and not has_bit(bits, IN_RINGS + priority) then
      call('RPUSH', key('ring:' .. priority), tenant)
      bits = with_bit(bits, IN_RINGS + priority)
    end
  end
  return bits
end

local function reversed(list)
  local turned = {}
  for i = #list, 1, -1 do
    turned[#turned + 1] = list[i]
  end
  return turned
end

-- Pushes what was placed in one lane; answers for how many jobs a worker may come.
local function push_lane(lane)
  local before = ready_bits(lane.tenant)
  local bits = before
  if #lane.back > 0 then
    call_in_chunks('RPUSH', 'lane:' .. lane.name, lane.back)
    bits = with_bit(bits, lane.priority)
  end
  if #lane.front + #lane.brought > 0 then
    call_in_chunks('RPUSH', 'front:' .. lane.name, lane.brought)
    -- LPUSH turns the order around; what is given back keeps it.
    call_in_chunks('LPUSH', 'front:' .. lane.name, reversed(lane.front))
    bits = with_bit(bits, FRONTS + lane.priority)
  end
  bits = enroll(lane.tenant, bits)
  if bits ~= before then
    store_bits(lane.tenant, bits)
  end
  return has_bit(bits, BENCHED) and 0 or #lane.back + #lane.front + #lane.brought
end

-- Pushes what was placed; answers for how many jobs a worker may come.
local function push_placed()
  local placed = #suspects
  call_in_chunks('RPUSH', 'suspects', suspects)
  for _, lane in ipairs(lanes) do
    placed = placed + push_lane(lane)
  end
  lanes, lanes_by_name, suspects = {}, {}, {}
  return placed
end
