-- Writes down that a scope is paused until a millisecond, 0 for no end.
local function set_pause(name, ends, text)
  call('HSET', key('pauses'), name, string.format('%.0f|%s', ends, text))
  call('HSET', key('cfg'), 'rules', 1)
  if ends > 0 then
    call('ZADD', key('pause_ends'), ends, name)
  else
    call('ZREM', key('pause_ends'), name)
  end
end
