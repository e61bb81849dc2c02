-- forget_events: drops the events before an entry, and the marks of those that are gone. Who follows the events forgets
-- them page by page, so what one call drops is bounded.
--
-- ARGV    [2] the entry
-- Answer  none

-- cfg  hash: `followed`, that somebody follows the events; retention.lua makes use of it

local function parts(entry)
  local time, number = string.match(entry, '^(%d+)-(%d+)$')
  return tonumber(time), tonumber(number)
end

local until_time, until_number = parts(ARGV[2])

local function is_dropped(entry)
  local time, number = parts(entry)
  return time < until_time or (time == until_time and number < until_number)
end

call('HSET', key('cfg'), 'followed', '1')
call('XTRIM', key('events'), 'MINID', ARGV[2])
local first = call('LINDEX', key('event_marks'), 0)
while first and is_dropped(first) do
  call('LPOP', key('event_marks'))
  first = call('LINDEX', key('event_marks'), 0)
end
return 1
