-- delete: removes jobs with all that is known of them, unless they run.
--
-- ARGV    [2] on: the ids
-- Answer  for each id the state that the job was in, 4 (it runs and stays), or 0 unknown
--
-- What is left of an available job in its lane, or where it is parked, is dropped by the claim that comes across it.

local time = now()
local answers, gone = {}, {}

local function delete(id)
  local h = read(id)
  if not h then
    return 0
  end
  local state = h.state
  if state == RUNNING then
    return state
  end
  if FINAL[state] then
    unique.let_go(h, id, CANCELLED, time)
    take_out_ended(h, id)
  else
    leave(h, id, CANCELLED, time)
  end
  become_gone(h)
  tell_event('delete', h, id, 0)
  gone[#gone + 1] = { id, h.parts }
  return state
end

local seen = {}
for i = 2, #ARGV do
  local id = ARGV[i]
  answers[#answers + 1] = seen[id] and 0 or delete(id)
  seen[id] = seen[id] or answers[#answers] ~= RUNNING
end
if #gone > 0 then
  remove_all(gone, time)
end
commit()
return answers
