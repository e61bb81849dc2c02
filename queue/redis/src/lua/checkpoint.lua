-- checkpoint: records how far a running job has come, in place of what was recorded before.
--
-- ARGV    [2] worker, [3] id, [4] claim number, [5] how far
-- Answer  1, or 0 when the token is stale

if not is_current() then
  return 0
end
call('SET', key('checkpoint:' .. ARGV[3]), ARGV[5])
has_parts_now(ARGV[3], PART.CHECKPOINT)
return 1
