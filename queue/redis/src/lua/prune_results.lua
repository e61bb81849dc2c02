-- prune_results: removes results that are too old, where they go before their jobs.
--
-- ARGV    [2] the retention
-- Answer  1 when there are more

local CHUNK = 500

local kept = retention(ARGV[2])
if kept.results_for >= kept.completed_for then
  return 0
end
local before, gone = math.min(now() - kept.results_for, held_from()), results_gone()
local ends = call('LRANGE', key('completed'), gone, gone + CHUNK - 1)
local voids = voids_among(ends)
local keys, looked_at = {}, 0
for n, ended in ipairs(ends) do
  local id, at, parts = struct.unpack(ENDED, ended)
  if at >= before then
    break
  end
  if has(parts, PART.RESULT) and not voids[n] then
    keys[#keys + 1] = key('result:' .. id)
  end
  looked_at = n
end
if #keys > 0 then
  call('UNLINK', unpack(keys))
end
if looked_at > 0 then
  call('SET', key('results_gone'), gone + looked_at)
end
return looked_at == CHUNK and 1 or 0
