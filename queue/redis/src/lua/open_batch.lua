-- open_batch: opens a batch; one that is there already stays as it is.
--
-- ARGV    [2] id, [3] tenant, [4] description, [5] on: the JOB_FIELDS of its callback, if it has one
-- Answer  1

local batch = ARGV[2]
local b = key('b:' .. batch)
if call('EXISTS', b) == 1 then
  return 1
end
local time = now()
call('HSET', b, 'tenant', ARGV[3], 'description', ARGV[4], 'created_at', time, 'total', 0, 'pending', 0)
for n, field in ipairs(#ARGV > 4 and JOB_FIELDS or {}) do
  call('HSET', b, field, ARGV[n + 4])
end
call('ZADD', key('batches'), time, batch)
return 1
