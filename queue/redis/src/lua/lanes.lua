-- Lanes: one list for each tenant and priority, and a ring of the tenants that have any.
--
-- ring          list of the tenants with ready jobs; the first one is next
-- ready         hash: tenant -> bits of the priorities whose lanes may hold something
-- lane:T:P      list of the ids of tenant T with priority P
-- suspects      list of the ids that must run alone
--
-- Placements are collected first and pushed together, so that a batch costs one push a lane.

local SUSPECT_AFTER_DEATHS = 2

local lanes, lanes_by_name = {}, {}
local suspects = {}

local function place(tenant, priority, deaths, id, in_front)
  if deaths >= SUSPECT_AFTER_DEATHS then
    suspects[#suspects + 1] = id
    return
  end
  local name = tenant .. ':' .. priority
  local lane = lanes_by_name[name]
  if not lane then
    lane = { tenant = tenant, priority = tonumber(priority), name = name, front = {}, back = {} }
    lanes_by_name[name] = lane
    lanes[#lanes + 1] = lane
  end
  local side = in_front and lane.front or lane.back
  side[#side + 1] = id
end

local function open_lane(tenant, priority)
  local bit_of_lane = bit.lshift(1, priority)
  local bits = call('HGET', key('ready'), tenant)
  if not bits then
    call('RPUSH', key('ring'), tenant)
    call('HSET', key('ready'), tenant, bit_of_lane)
  elseif bit.band(bits, bit_of_lane) == 0 then
    call('HSET', key('ready'), tenant, bit.bor(bits, bit_of_lane))
  end
end

local function reversed(list)
  local turned = {}
  for i = #list, 1, -1 do
    turned[#turned + 1] = list[i]
  end
  return turned
end

-- Pushes what was placed; answers how many jobs that were.
local function push_placed()
  local count = #suspects
  if #suspects > 0 then
    call('RPUSH', key('suspects'), unpack(suspects))
  end
  for _, lane in ipairs(lanes) do
    if #lane.back > 0 then
      call('RPUSH', key('lane:' .. lane.name), unpack(lane.back))
    end
    if #lane.front > 0 then
      -- LPUSH turns the order around; what is given back keeps it.
      call('LPUSH', key('lane:' .. lane.name), unpack(reversed(lane.front)))
    end
    open_lane(lane.tenant, lane.priority)
    count = count + #lane.back + #lane.front
  end
  lanes, lanes_by_name, suspects = {}, {}, {}
  return count
end
