-- enqueue: accepts jobs.
--
-- ARGV    [2] 1 to let them in whatever the bounds of the queue say, [3] on, 3 for each job: its id, its record, its
--         terms as `outbox.lua` has them. A plain job, which may start at once and has no other wish, comes without its
--         terms, and without what its record begins with
-- Answer  for each job: a code of `accept` or `refusal`, and what belongs to it (an id, a bound, or nothing); one code
--         alone where it is that of all and nothing belongs to it
-- Wakes   as many armed workers as there are new available jobs, and one more for a new earliest due time

local PLAIN_TERMS = string.rep('\0', 21)

local time = now()
local ids, answers, all_plain = {}, {}, true
local bounds = ARGV[2] ~= '1' and is_bounded() and refusal or nil

for first = 3, #ARGV, 3 do
  ids[#ids + 1] = ARGV[first]
end
look_up(ids)
for n, id in ipairs(ids) do
  local record, terms = ARGV[3 * n + 1], ARGV[3 * n + 2]
  local code, detail = AVAILABLE, ''
  local is_plain = terms == ''
  if not is_plain or bounds or not accept_plain(id, record, time) then
    -- What was accepted before has to be there, as others may be looked at now.
    push_plain()
    local job = is_plain and job_of('', id, NEW .. record, PLAIN_TERMS) or job_of('', id, record, terms)
    code, detail = accept(job, time, bounds)
    all_plain = false
  end
  answers[2 * n - 1] = code
  answers[2 * n] = detail
end
push_plain()
commit()
return all_plain and AVAILABLE or answers
