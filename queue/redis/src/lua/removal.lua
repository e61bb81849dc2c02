-- What goes with a job when it is removed. A tombstone begins its own time then.

-- Removes jobs, given as pairs of an id and the parts that it has.
local function remove_all(removed, time)
  local keys = {}
  for _, job in ipairs(removed) do
    local id, parts = job[1], job[2]
    keys[#keys + 1] = job_key(id)
    part_keys(keys, id, parts)
    local grave = has(parts, PART.GRAVE) and key('grave:' .. id)
    local window = grave and call('GET', grave)
    if window then
      call('SET', grave, string.format('@%.0f', time + window), 'PX', window)
    end
  end
  for first = 1, #keys, 1000 do
    call('UNLINK', unpack(keys, first, math.min(first + 999, #keys)))
  end
end
