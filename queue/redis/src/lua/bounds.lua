-- bounds: what keeps a new job out.
--
-- tenants  hash: tenant -> its weight and, if it has one of its own, its quota

local DRAINING, QUEUE_FULL, QUOTA_REACHED = 100, 101, 102

local quotas = {}

-- How many unfinished jobs a tenant may have, or nil.
local function quota_of(tenant)
  if not quotas[tenant] then
    local own = config().weights and call('HGET', key('tenants'), tenant)
    quotas[tenant] = tonumber(own and string.match(own, '^%d+ (%d+)') or config().quota or math.huge)
  end
  return quotas[tenant]
end

-- Whether anything may keep a new job out.
local function is_bounded()
  return config().draining or config().max_depth or config().quota or config().weights
end

-- The refusal of a new job with the bound that is reached, or nil.
local function refusal(h)
  local most, quota = tonumber(config().max_depth or math.huge), quota_of(h.tenant)
  if config().draining then
    return DRAINING, 0
  end
  if most < math.huge and unfinished() >= most then
    return QUEUE_FULL, most
  end
  if quota < math.huge and unfinished_of(h.tenant) >= quota then
    return QUOTA_REACHED, quota
  end
  return nil
end
