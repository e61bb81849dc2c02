-- reprioritize: gives jobs that have not ended another priority.
--
-- ARGV    [2] the priority, [3] on: the ids
-- Answer  for each id the state of the job, 16 more when it had ended before, or 0 unknown
-- Wakes   as many armed workers as jobs were placed anew

local time = now()
local priority = tonumber(ARGV[2])
local answers = {}

local function reprioritize(id)
  local h = read(id)
  if not h then
    return 0
  end
  if FINAL[h.state] then
    return 16 + h.state
  end
  if h.priority ~= priority then
    h.priority = priority
    if h.state == AVAILABLE then
      recheck(h)
      place(h, id, false)
    end
    write(id, h)
  end
  return h.state
end

for i = 3, #ARGV do
  answers[#answers + 1] = reprioritize(ARGV[i])
end
commit()
return answers
