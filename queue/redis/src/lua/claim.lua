-- claim: promotes what is due, then hands out available jobs under new tokens.
--
-- ARGV    [2] worker, [3] how many at most, [4] whether a suspect may be among them (1 or 0)
-- Answer  {whether more may be available, milliseconds until the next due job or -1, id, record, id, record, …}
-- Arms    the worker, when it gets fewer than it asked for

-- How many due jobs one call promotes, and how many lane entries of jobs that are gone it looks past.
local PROMOTE, LOOK = 200, 500

local worker, most, may_suspect = ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1'
local time = now()
local promoted = promote_due(time, PROMOTE)

local answer = { 0, -1 }
local claims = {}
local taken, looked = 0, 0

local function take(id, record)
  local h = decode(record)
  if h.state ~= AVAILABLE then
    return
  end
  h.state = RUNNING
  h.attempt = h.attempt + 1
  h.claims = h.claims + 1
  h.ends = bit.band(bit.lshift(h.ends, 1), 255)
  h.worker = worker
  h.attempted_at = time
  local header = encode(h)
  call('SETRANGE', job_key(id), 0, header)
  claims[#claims + 1] = 0
  claims[#claims + 1] = claim_member(worker, id, h.claims)
  answer[#answer + 1] = id
  answer[#answer + 1] = header .. string.sub(record, HEADER_BYTES + 1)
  taken = taken + 1
end

local function take_all(ids)
  local keys = {}
  for i, id in ipairs(ids) do
    keys[i] = job_key(id)
  end
  local records = call('MGET', unpack(keys))
  for i, id in ipairs(ids) do
    looked = looked + 1
    if records[i] then
      take(id, records[i])
    end
  end
end

local function lowest_bit(bits)
  for priority = 0, 9 do
    if bit.band(bits, bit.lshift(1, priority)) ~= 0 then
      return priority
    end
  end
end

-- Takes from the tenant whose turn it is: everything that is wanted when it is the only one, else one job.
local function take_turn()
  local ring = call('LRANGE', key('ring'), 0, 1)
  local tenant = ring[1]
  local bits = tonumber(call('HGET', key('ready'), tenant))
  local priority = lowest_bit(bits)
  local wanted = #ring > 1 and 1 or most - taken
  local ids = call('LPOP', key('lane:' .. tenant .. ':' .. priority), wanted) or {}
  local left = bits
  if #ids < wanted then
    left = bit.band(bits, bit.bnot(bit.lshift(1, priority)))
  end
  if left == 0 then
    call('HDEL', key('ready'), tenant)
    call('LPOP', key('ring'))
  else
    if left ~= bits then
      call('HSET', key('ready'), tenant, left)
    end
    -- Only a turn that gave something is over.
    if #ring > 1 and #ids > 0 then
      call('LMOVE', key('ring'), key('ring'), 'LEFT', 'RIGHT')
    end
  end
  if #ids > 0 then
    take_all(ids)
  end
end

while may_suspect and taken == 0 and looked < LOOK do
  local id = call('LPOP', key('suspects'))
  if not id then
    break
  end
  take_all({ id })
end

local alone = taken > 0
while not alone and taken < most and looked < LOOK and call('EXISTS', key('ring')) == 1 do
  take_turn()
end

if #claims > 0 then
  call('ZADD', key('running'), unpack(claims))
end
if alone or taken == most or looked >= LOOK then
  answer[1] = 1
  -- Armed by an earlier claim, and full now: a wake-up would be wasted on it.
  call('SREM', key('armed'), worker)
else
  call('SADD', key('armed'), worker)
  answer[2] = until_due(time)
end
wake(promoted - taken)
return answer
