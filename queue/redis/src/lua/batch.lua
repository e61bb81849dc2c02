-- batch: a batch as it is now.
--
-- ARGV    [2] id
-- Answer  its fields, or nothing: tenant, description, created_at, sealed, finished_at, total, pending, how many were
--         completed, cancelled and discarded, the id of the callback

local found = call('HMGET', key('b:' .. ARGV[2]), 'tenant', 'description', 'created_at', 'sealed', 'finished_at',
  'total', 'pending', COMPLETED, CANCELLED, DISCARDED, 'id')
return found[1] and found or {}
