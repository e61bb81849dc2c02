-- prune: removes finished jobs and batches that are too old or too many, oldest first.
--
-- ARGV    [2] how many at most, [3] the retention, [4] for how long a batch that has not ended is left alone at the least
-- Answer  how many jobs and batches went, and the ids of old batches that are sealed and wait for members, a few at most:
--         whether these members exist cannot be seen from here

-- How many sealed batches one call answers.
local LOOKED_AT = 3

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
    local gone = {}
    for n, id in ipairs(ids) do
      gone[n] = { id, stored_parts(id) or 0 }
    end
    remove_all(gone, time)
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

local function old_batches(name, age)
  return left < 1 and {} or call('ZRANGEBYSCORE', key(name), '-inf', '(' .. time - age, 'LIMIT', 0, left)
end

local function remove_batches(name, ids)
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

-- Removes those of the oldest batches that were never sealed; answers the others.
local function prune_unsealed(age)
  local unsealed, sealed = {}, {}
  for _, id in ipairs(old_batches('batches', age)) do
    local list = call('HEXISTS', key('b:' .. id), 'sealed') == 1 and sealed or unsealed
    list[#list + 1] = id
    if #sealed == LOOKED_AT then
      break
    end
  end
  remove_batches('batches', unsealed)
  return sealed
end

local kept = retention(ARGV[3])
prune_jobs(COMPLETED, kept.completed_for, kept.completed_most)
prune_jobs(CANCELLED, kept.failed_for, kept.failed_most)
prune_jobs(DISCARDED, kept.failed_for, kept.failed_most)
remove_batches('ended_batches', old_batches('ended_batches', kept.completed_for))
local sealed = prune_unsealed(math.max(kept.failed_for, tonumber(ARGV[4])))
push_counts()
return { removed, sealed }
