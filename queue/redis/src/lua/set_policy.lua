-- set_policy: changes what holds for the queue as a whole.
--
-- ARGV    [2] the usual retention; [3] on, pairs: a field of `cfg`, its value or empty for none. In the numbers of a
--         retention, `-` stands for what is there, or else for the usual one.
-- Answer  what then holds: order, draining, max_depth, quota, retention
--
-- Fields that are not named stay: whoever changes another one at the same time does not find it undone. Tenants that wait
-- change over to the rings of a new order with the next claims, some each.

local function completed(retention)
  local old = string.gmatch(call('HGET', key('cfg'), 'retention') or ARGV[2], '%S+')
  return (string.gsub(retention, '%S+', function(new)
    local was = old()
    return new == '-' and was or new
  end))
end

local by_priority = config().by_priority
for i = 3, #ARGV, 2 do
  local field, value = ARGV[i], ARGV[i + 1]
  if value == '' then
    call('HDEL', key('cfg'), field)
  else
    call('HSET', key('cfg'), field, field == 'retention' and completed(value) or value)
  end
end
if (call('HGET', key('cfg'), 'order') == 'p') ~= by_priority then
  call('HSET', key('cfg'), 'moving', 1)
  wake(1)
end
return call('HMGET', key('cfg'), 'order', 'draining', 'max_depth', 'quota', 'retention')
