-- load: how much there is to do beyond what the counts tell, at a price that does not grow with it.
--
-- ARGV    [2] the tenant that is asked about, or nothing for all
-- Answer  {jobs whose time has come and that nobody has promoted yet, the millisecond since which the available job waits
--         that waits for longest, or -1; the tenant's unfinished jobs, or -1}

-- How many lanes are looked at, and how many entries of each: what was cancelled meanwhile may stand in front.
local LANES, ENTRIES = 200, 5

local looked_at, oldest = 0, nil

local function look_at(lane)
  looked_at = looked_at + 1
  for _, entry in ipairs(call('LRANGE', key(lane), 0, ENTRIES - 1)) do
    local h = read(string.sub(entry, 1, 16))
    if h and is_placed(h, string.byte(entry, 17)) then
      oldest = math.min(oldest or h.run_at, h.run_at)
      return
    end
  end
end

local function look_at_tenant(tenant)
  local bits = ready_bits(tenant)
  for priority = 0, 9 do
    local name = tenant .. ':' .. priority
    if has_bit(bits, priority) then
      look_at('lane:' .. name)
    end
    if has_bit(bits, FRONTS + priority) then
      look_at('front:' .. name)
    end
  end
end

local tenant = ARGV[2]
local tenants = { tenant }
if tenant == '' then
  tenants = call('LRANGE', key('ring'), 0, LANES - 1)
  for priority = 0, config().by_priority and 9 or -1 do
    for _, one in ipairs(call('LRANGE', key('ring:' .. priority), 0, LANES / 10 - 1)) do
      tenants[#tenants + 1] = one
    end
  end
end
for _, one in ipairs(tenants) do
  if looked_at >= LANES then
    break
  end
  look_at_tenant(one)
end
local due = call('ZCOUNT', key('due'), '-inf', now())
return { due, oldest or -1, tenant ~= '' and unfinished_of(tenant) or -1 }
