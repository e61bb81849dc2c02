-- heartbeat: renews a worker's lease, and tells it what the queue thinks it holds.
--
-- beats         hash: worker -> the microsecond of its newest beat, which only has to differ from the one before
-- workers       hash: worker -> who that is, in JSON
-- vitals        hash: worker -> how many bytes of memory it had at its newest beat
-- cancels:W     set: the claims of worker W whose cancellation was requested
--
-- ARGV    [2] worker, [3] who that is, [4] how many bytes of memory it has or empty, [5] on: the kinds that it serves
-- Answer  {number of current claims, a current claim whose cancellation was requested, …}

local worker = ARGV[2]
call('HSET', key('beats'), worker, string.format('%.0f', now_micros()))
local known = call('HGET', key('workers'), worker)
if known ~= ARGV[3] then
  serve_no_more(worker, known)
  call('HSET', key('workers'), worker, ARGV[3])
  for i = 5, #ARGV do
    call('SADD', key('serving:' .. ARGV[i]), worker)
  end
end
if ARGV[4] == '' then
  call('HDEL', key('vitals'), worker)
else
  call('HSET', key('vitals'), worker, ARGV[4])
end

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
