-- prune: removes finished jobs and batches that are too old or too many, oldest first.
--
-- ARGV    [2] how many at most, [3] the retention, [4] for how long a batch that has not ended is left alone at the least
-- Answer  how many jobs and batches went, and the ids of old batches that are sealed and wait for members, a few at most:
--         whether these members exist cannot be seen from here

-- How many sealed batches one call answers.
local LOOKED_AT = 3

-- What is pruned has been taken note of, where somebody follows the events: see `held_from`.

local time = now()
local held = held_from()
local left = tonumber(ARGV[2])
local removed = 0

local function remove_jobs(state, jobs)
  local number = remove_all(jobs, time)
  count(COUNT[state], -number)
  removed = removed + number
end

-- Whether the oldest of the completed jobs may go, were there no others.
local function is_first_over(age)
  local first = call('LRANGE', key('completed'), 0, 0)
  if #first == 0 then
    return false
  end
  local _, at = struct.unpack(ENDED, first[1])
  return at < math.min(time - age, held) or voids_among(first)[1]
end

local function forget_void(ended)
  if call('HINCRBY', key('void'), ended, -1) == 0 then
    call('HDEL', key('void'), ended)
  end
end

-- Removes completed jobs from the front of their list, as long as they are too many, too old, or not completed any more.
local function prune_completed(age, number)
  local surplus = call('LLEN', key('completed')) - call('HLEN', key('void')) - number
  if surplus <= 0 and not is_first_over(age) then
    return
  end
  local ends = call('LRANGE', key('completed'), 0, left - 1)
  local voids = voids_among(ends)
  local dropped, jobs = 0, {}
  for n, ended in ipairs(ends) do
    local id, at, parts = struct.unpack(ENDED, ended)
    if voids[n] then
      forget_void(ended)
    elseif at < held and (surplus > 0 or at < time - age) then
      jobs[#jobs + 1] = { id, parts }
      surplus = surplus - 1
    else
      break
    end
    dropped = n
  end
  if dropped > 0 then
    call('LPOP', key('completed'), dropped)
    forget_ends(dropped)
    remove_jobs(COMPLETED, jobs)
    left = left - dropped
  end
end

-- Removes jobs that failed, given as ids and their scores, oldest first.
local function remove_failed(state, ended)
  local ids, jobs = {}, {}
  for n = 1, #ended / 2 do
    if tonumber(ended[2 * n]) >= held then
      break
    end
    ids[n] = ended[2 * n - 1]
    jobs[n] = { ids[n], ended[2 * n] % 1 * 128 }
  end
  if #ids > 0 then
    call('ZREM', key(FINAL[state]), unpack(ids))
    remove_jobs(state, jobs)
    left = left - #ids
  end
end

local function prune_failed(state, age, number)
  local set = key(FINAL[state])
  if left > 0 then
    remove_failed(state, call('ZRANGEBYSCORE', set, '-inf', '(' .. time - age, 'WITHSCORES', 'LIMIT', 0, left))
  end
  local surplus = math.min(left, call('ZCARD', set) - number)
  if surplus > 0 then
    remove_failed(state, call('ZRANGE', set, 0, surplus - 1, 'WITHSCORES'))
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
    call('ZREM', key(name), unpack(ids))
    removed, left = removed + #ids, left - #ids
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
if left > 0 then
  prune_completed(kept.completed_for, kept.completed_most)
end
prune_failed(CANCELLED, kept.failed_for, kept.failed_most)
prune_failed(DISCARDED, kept.failed_for, kept.failed_most)
remove_batches('ended_batches', old_batches('ended_batches', kept.completed_for))
local sealed = prune_unsealed(math.max(kept.failed_for, tonumber(ARGV[4])))
push_counts()
return { removed, sealed }
