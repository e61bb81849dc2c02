-- set_policy: sets what holds for the queue as a whole.
--
-- ARGV    [2] on, pairs: a field of `cfg`, its value or empty for none
-- Answer  1
--
-- Tenants that wait change over to the rings of a new order with the next claims, some each.

local by_priority = config().by_priority
for i = 2, #ARGV, 2 do
  if ARGV[i + 1] == '' then
    call('HDEL', key('cfg'), ARGV[i])
  else
    call('HSET', key('cfg'), ARGV[i], ARGV[i + 1])
  end
end
if (call('HGET', key('cfg'), 'order') == 'p') ~= by_priority then
  call('HSET', key('cfg'), 'moving', 1)
  wake(1)
end
return 1
