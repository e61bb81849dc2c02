-- What goes with a job when it is removed. A tombstone begins its own time then.

local function remove_all(ids, time)
  local keys, graves = {}, {}
  for n, id in ipairs(ids) do
    graves[n] = key('grave:' .. id)
    keys[#keys + 1] = job_key(id)
    for _, part in ipairs({ 'notes:', 'errors:', 'log:', 'result:', 'steps:', 'checkpoint:' }) do
      keys[#keys + 1] = key(part .. id)
    end
  end
  for n, window in ipairs(call('MGET', unpack(graves))) do
    if window then
      call('SET', graves[n], string.format('@%.0f', time + window), 'PX', window)
    end
  end
  call('UNLINK', unpack(keys))
end
