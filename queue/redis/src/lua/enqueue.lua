-- enqueue: accepts jobs.
--
-- ARGV    [2] 1 to let them in whatever the bounds of the queue say, [3] on, for each job: the JOB_FIELDS
-- Answer  for each job: a code of `accept` or `refusal`, and what belongs to it (an id, a bound, or nothing)
-- Wakes   as many armed workers as there are new available jobs, and one more for a new earliest due time

local time = now()
local ids, answers = {}, {}
local bounds = ARGV[2] ~= '1' and is_bounded() and refusal or nil

for first = 3, #ARGV, #JOB_FIELDS do
  ids[#ids + 1] = ARGV[first + 1]
end
look_up(ids)
for n, id in ipairs(ids) do
  local first = 3 + (n - 1) * #JOB_FIELDS
  local code, detail = AVAILABLE, ''
  if bounds or not accept_plain(id, ARGV[first + 2], ARGV[first + 3], time) then
    code, detail = accept(job_from(ARGV, first), time, bounds)
  end
  answers[#answers + 1] = code
  answers[#answers + 1] = detail
end
commit()
return answers
