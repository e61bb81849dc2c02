-- workers: the workers whose leases cover the queue.
--
-- Answer  for each: worker, who that is, its memory or nil, how many jobs of the queue it runs

local answer = {}
for _, worker in ipairs(call('HKEYS', key('beats'))) do
  local first, last = '[' .. worker, '[' .. worker .. string.rep('\255', 20)
  answer[#answer + 1] = worker
  answer[#answer + 1] = call('HGET', key('workers'), worker)
  answer[#answer + 1] = call('HGET', key('vitals'), worker)
  answer[#answer + 1] = call('ZLEXCOUNT', key('running'), first, last)
end
return answer
