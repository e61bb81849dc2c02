-- get: jobs with all that is known of them.
--
-- ARGV    [2] 1 to read their logs too, [3] on: the ids
-- Answer  for each id: its record or nil, {percent, message, result}, its errors, its log

local with_log = ARGV[2] == '1'
local answer = {}

for i = 3, #ARGV do
  local id = ARGV[i]
  answer[#answer + 1] = call('GET', job_key(id))
  answer[#answer + 1] = call('HMGET', key('notes:' .. id), 'percent', 'message', 'result')
  answer[#answer + 1] = call('LRANGE', key('errors:' .. id), 0, -1)
  answer[#answer + 1] = with_log and call('LRANGE', key('log:' .. id), 0, -1) or {}
end
return answer
