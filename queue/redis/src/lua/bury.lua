-- bury: forgets a worker that died, provided that its beat is still the one that was seen.
--
-- ARGV    [2] worker, [3] the beat that was seen
-- Answer  1, or 0 when the worker has given a sign of life

if call('HGET', key('beats'), ARGV[2]) ~= ARGV[3] then
  return 0
end
forget(ARGV[2])
return 1
