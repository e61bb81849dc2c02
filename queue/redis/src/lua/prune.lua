-- prune: removes finished jobs and batches that are too old or too many, oldest first.
--
-- ARGV    [2] how many at most, [3] the retention
-- Answer  how many jobs and batches went

local time = now()
local left = tonumber(ARGV[2])
local removed = 0

local function removed_from(set, ids)
  call('ZREM', set, unpack(ids))
  removed = removed + #ids
  left = left - #ids
end

local function remove_jobs(state, ids)
  if #ids > 0 then
    remove_all(ids, time)
    removed_from(key(FINAL[state]), ids)
    count(tostring(state), -#ids)
  end
end

local function prune_jobs(state, age, number)
  local set = key(FINAL[state])
  if left > 0 then
    remove_jobs(state, call('ZRANGEBYSCORE', set, '-inf', '(' .. time - age, 'LIMIT', 0, left))
  end
  local surplus = math.min(left, call('ZCARD', set) - number)
  if surplus > 0 then
    remove_jobs(state, call('ZRANGE', set, 0, surplus - 1))
  end
end

local function prune_batches(name, age)
  if left < 1 then
    return
  end
  local ids = call('ZRANGEBYSCORE', key(name), '-inf', '(' .. time - age, 'LIMIT', 0, left)
  local keys = {}
  for _, id in ipairs(ids) do
    keys[#keys + 1] = key('b:' .. id)
    keys[#keys + 1] = key('members:' .. id)
  end
  if #ids > 0 then
    call('UNLINK', unpack(keys))
    removed_from(key(name), ids)
  end
end

local kept = retention(ARGV[3])
prune_jobs(COMPLETED, kept.completed_for, kept.completed_most)
prune_jobs(CANCELLED, kept.failed_for, kept.failed_most)
prune_jobs(DISCARDED, kept.failed_for, kept.failed_most)
prune_batches('ended_batches', kept.completed_for)
prune_batches('batches', kept.failed_for)
push_counts()
return removed
