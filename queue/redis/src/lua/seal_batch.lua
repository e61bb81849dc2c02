-- seal_batch: closes a batch for members; it ends at once when none is pending.
--
-- ARGV    [2] id
-- Answer  1, or 0 unknown
-- Wakes   a worker for the callback

local b = key('b:' .. ARGV[2])
if call('EXISTS', b) == 0 then
  return 0
end
if call('HSETNX', b, 'sealed', 1) == 1 then
  batches.finish(ARGV[2], now())
  commit()
end
return 1
