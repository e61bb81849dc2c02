-- set_tenant: sets what holds for a tenant.
--
-- ARGV    [2] tenant, [3] its weight and, if it has one of its own, its quota; empty to remove both
-- Answer  1

if ARGV[3] == '' then
  call('HDEL', key('tenants'), ARGV[2])
else
  call('HSET', key('tenants'), ARGV[2], ARGV[3])
end
if call('EXISTS', key('tenants')) == 1 then
  call('HSET', key('cfg'), 'weights', 1)
else
  call('HDEL', key('cfg'), 'weights')
  call('DEL', key('credits'))
end
return 1
