-- heartbeat: renews a worker's lease, and tells it what the queue thinks it holds.
--
-- beats         hash: worker -> the microsecond of its newest beat, which only has to differ from the one before
-- workers       hash: worker -> who that is, in JSON
-- cancels:W     set: the claims of worker W whose cancellation was requested
--
-- ARGV    [2] worker, [3] who that is
-- Answer  {number of current claims, a current claim whose cancellation was requested, …}

local worker = ARGV[2]
local time = call('TIME')
call('HSET', key('beats'), worker, time[1] * 1000000 + time[2])
call('HSETNX', key('workers'), worker, ARGV[3])

local first, last = '[' .. worker, '[' .. worker .. string.rep('\255', 20)
local answer = { call('ZLEXCOUNT', key('running'), first, last) }
for _, claim in ipairs(call('SMEMBERS', key('cancels:' .. worker))) do
  if call('ZSCORE', key('running'), worker .. claim) then
    answer[#answer + 1] = claim
  else
    call('SREM', key('cancels:' .. worker), claim)
  end
end
return answer
