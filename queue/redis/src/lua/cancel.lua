-- cancel: cancels jobs, at once where none runs it, otherwise by request to the worker that does.
--
-- ARGV    [2] on: the ids
-- Answer  for each id: 7 cancelled now, 4 requested, 16 plus the state that it had ended in before, 0 unknown
--
-- The entry of an available job stays in its lane or where it is parked: finding it would cost as much as the list is
-- long. A claim that comes across it drops it.

local time = now()
local answers = {}

local function request(h, id)
  if not requested(h) then
    h.flags = h.flags + CANCEL_REQUESTED
    write(id, h)
  end
  local claim = id .. struct.pack('>I4', h.claims)
  call('SADD', key('cancels:' .. h.worker), claim)
  call('PEXPIRE', key('cancels:' .. h.worker), 86400000)
  call('RPUSH', key('wake:' .. h.worker), 'c' .. claim)
  call('PEXPIRE', key('wake:' .. h.worker), 60000)
  return RUNNING
end

local function cancel(id)
  local h = read(id)
  if not h then
    return 0
  end
  if FINAL[h.state] then
    return 16 + h.state
  end
  if h.state == RUNNING then
    return request(h, id)
  end
  finish(h, id, CANCELLED, time)
  tell_event('cancel', h, id, CANCELLED)
  write(id, h)
  return CANCELLED
end

for i = 2, #ARGV do
  answers[#answers + 1] = cancel(ARGV[i])
end
commit()
return answers
