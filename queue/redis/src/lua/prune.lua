-- prune: removes finished jobs that are too old or too many, oldest first.
--
-- ARGV    [2] how many at most, then 3 for each of completed, cancelled, discarded: its name, its greatest age in
--         milliseconds, its greatest number
-- Answer  how many went

local time = now()
local left = tonumber(ARGV[2])
local removed = 0

local function remove(set, ids)
  if #ids == 0 then
    return
  end
  local keys, graves = {}, {}
  for i, id in ipairs(ids) do
    graves[i] = key('grave:' .. id)
    keys[#keys + 1] = job_key(id)
    keys[#keys + 1] = key('notes:' .. id)
    keys[#keys + 1] = key('errors:' .. id)
    keys[#keys + 1] = key('log:' .. id)
  end
  for i, window in ipairs(call('MGET', unpack(graves))) do
    if window then
      call('PEXPIRE', graves[i], window)
    end
  end
  call('UNLINK', unpack(keys))
  call('ZREM', set, unpack(ids))
  removed = removed + #ids
  left = left - #ids
end

for i = 3, #ARGV, 3 do
  local set, age, number = key(ARGV[i]), tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  if left > 0 then
    remove(set, call('ZRANGEBYSCORE', set, '-inf', '(' .. time - age, 'LIMIT', 0, left))
  end
  local surplus = math.min(left, call('ZCARD', set) - number)
  if surplus > 0 then
    remove(set, call('ZRANGE', set, 0, surplus - 1))
  end
end
return removed
