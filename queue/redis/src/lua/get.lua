-- get: jobs with all that is known of them.
--
-- ARGV    [2] 1 to read their logs and what they have recorded too, [3] on: the ids
-- Answer  for each id: its record or nil, {percent, message}, its result or nil, its errors, its log, its steps with
--         the results, its checkpoint or nil

local in_full = ARGV[2] == '1'
local answer = {}

for i = 3, #ARGV do
  local id = ARGV[i]
  local record = call('GET', job_key(id))
  local has_records = in_full and record and has(string.byte(record, 4), RECORDS)
  answer[#answer + 1] = record
  answer[#answer + 1] = call('HMGET', key('notes:' .. id), 'percent', 'message')
  answer[#answer + 1] = call('GET', key('result:' .. id))
  answer[#answer + 1] = call('LRANGE', key('errors:' .. id), 0, -1)
  answer[#answer + 1] = in_full and call('LRANGE', key('log:' .. id), 0, -1) or {}
  answer[#answer + 1] = has_records and call('HGETALL', key('steps:' .. id)) or {}
  answer[#answer + 1] = has_records and call('GET', key('checkpoint:' .. id))
end
return answer
