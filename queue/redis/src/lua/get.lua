-- get: jobs with all that is known of them.
--
-- ARGV    [2] 1 to read their logs and what they have recorded too, [3] on: the ids
-- Answer  for each id: its record or nil, {percent, message}, its result or nil, its errors, its log, its steps with
--         the results, its checkpoint or nil

local in_full = ARGV[2] == '1'
local answer = {}

local function add(value)
  answer[#answer + 1] = value
end

for i = 3, #ARGV do
  local id = ARGV[i]
  local record = call('GET', job_key(id))
  local parts = record and string.byte(record, AT.PARTS) or 0
  local function keeps(part, is_asked)
    return is_asked and has(parts, PART[part])
  end
  add(record)
  add(keeps('NOTES', true) and call('HMGET', key('notes:' .. id), 'percent', 'message') or {})
  add(keeps('RESULT', true) and call('GET', key('result:' .. id)))
  add(keeps('ERRORS', true) and call('LRANGE', key('errors:' .. id), 0, -1) or {})
  add(keeps('LOG', in_full) and call('LRANGE', key('log:' .. id), 0, -1) or {})
  add(keeps('STEPS', in_full) and call('HGETALL', key('steps:' .. id)) or {})
  add(keeps('CHECKPOINT', in_full) and call('GET', key('checkpoint:' .. id)))
end
return answer
