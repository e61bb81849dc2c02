-- What goes with a job when it is removed. A tombstone begins its own time then.

local function unlink(keys)
  local unlinked = 0
  for first = 1, #keys, 1000 do
    unlinked = unlinked + call('UNLINK', unpack(keys, first, math.min(first + 999, #keys)))
  end
  return unlinked
end

-- Removes jobs, given as pairs of an id and the parts that it has; answers how many were there.
local function remove_all(removed, time)
  local records, others = {}, {}
  for n, job in ipairs(removed) do
    local id, parts = job[1], job[2]
    records[n] = job_key(id)
    part_keys(others, id, parts)
    local grave = has(parts, PART.GRAVE) and key('grave:' .. id)
    local window = grave and call('GET', grave)
    if window then
      call('SET', grave, string.format('@%.0f', time + window), 'PX', window)
    end
  end
  unlink(others)
  return unlink(records)
end
