-- prune_results: removes results that are too old, where they go before their jobs.
--
-- ARGV    [2] the retention
-- Answer  1 when there are more
--
-- results_from  string: the results of jobs that were completed before this millisecond are gone already. They go in
--               the order in which their jobs were completed, so that this is all there is to know

local CHUNK = 500

local function unlink(ids)
  local keys = {}
  for n, id in ipairs(ids) do
    keys[n] = key('result:' .. id)
  end
  for first = 1, #keys, 1000 do
    call('UNLINK', unpack(keys, first, math.min(first + 999, #keys)))
  end
end

local kept = retention(ARGV[2])
if kept.results_for >= kept.completed_for then
  return 0
end
local completed, from, to = key('completed'), call('GET', key('results_from')) or '-inf', now() - kept.results_for
local ids = call('ZRANGEBYSCORE', completed, from, '(' .. to, 'LIMIT', 0, CHUNK)
local is_full = #ids == CHUNK
if is_full then
  -- What was completed in the same millisecond goes along, so that the next call begins behind it.
  local last = tonumber(call('ZSCORE', completed, ids[#ids]))
  ids, to = call('ZRANGEBYSCORE', completed, from, last), last + 1
end
unlink(ids)
call('SET', key('results_from'), string.format('%.0f', to))
return is_full and 1 or 0
