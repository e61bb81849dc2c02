-- records: what a running job has recorded.
--
-- ARGV    [2] worker, [3] id, [4] claim number
-- Answer  {steps with their results, checkpoint or nil}, or nil when the token is stale

if not is_current() then
  return nil
end
return { call('HGETALL', key('steps:' .. ARGV[3])), call('GET', key('checkpoint:' .. ARGV[3])) }
