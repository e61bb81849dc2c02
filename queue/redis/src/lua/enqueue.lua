-- enqueue: accepts jobs.
--
-- ARGV    [2] 1 to let them in whatever the bounds of the queue say, [3] on, for each job: the JOB_FIELDS
-- Answer  for each job: a code of `accept` or `refusal`, and what belongs to it (an id, a bound, or nothing)
-- Wakes   as many armed workers as there are new available jobs, and one more for a new earliest due time

local time = now()
local jobs, ids, answers = {}, {}, {}

for first = 3, #ARGV, #JOB_FIELDS do
  local job = job_from(ARGV, first)
  jobs[#jobs + 1] = job
  ids[#ids + 1] = job.id
end
look_up(ids)
for _, job in ipairs(jobs) do
  local code, detail = accept(job, time, ARGV[2] ~= '1' and refusal or nil)
  answers[#answers + 1] = code
  answers[#answers + 1] = detail
end
commit()
return answers
