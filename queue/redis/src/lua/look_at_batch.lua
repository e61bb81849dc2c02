-- look_at_batch: removes a sealed batch that waits for nobody who exists, or leaves it alone for another while.
--
-- ARGV    [2] id, [3] 1 when one of its pending members exists
-- Answer  1 when it went, or 0; it may have ended meanwhile
--
-- Members may live in other slots, so whether they exist was found out before. Those of a sealed batch only grow fewer,
-- and what is gone does not come back.

local batch = ARGV[2]
if not call('ZSCORE', key('batches'), batch) then
  return 0
end
if ARGV[3] == '1' then
  call('ZADD', key('batches'), now(), batch)
  return 0
end
call('UNLINK', key('b:' .. batch), key('members:' .. batch))
call('ZREM', key('batches'), batch)
return 1
