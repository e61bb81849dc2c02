-- enqueue: accepts jobs.
--
-- ARGV    [2] on, 7 for each job: id, record, when (0 now, 1 at, 2 after), milliseconds of it, milliseconds
--         of the tombstone (0 none), tenant, priority
-- grave:ID  string: for how many milliseconds the id of a removed job is remembered
-- Answer  for each job its state, plus 16 for a duplicate
-- Wakes   as many armed workers as there are new available jobs, and one more for a new earliest due time

local time = now()
local answers = {}

for i = 2, #ARGV, 7 do
  local id, record, when, millis = ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  local tombstone, tenant, priority = tonumber(ARGV[i + 4]), ARGV[i + 5], ARGV[i + 6]

  local run_at = time
  if when == '1' then
    run_at = millis
  elseif when == '2' then
    run_at = time + millis
  end
  local state = run_at > time and SCHEDULED or AVAILABLE

  -- Bytes 2 (state) and 23 to 34 (created_at, run_at) depend on the server's time.
  local stamped = string.sub(record, 1, 1) .. string.char(state) .. string.sub(record, 3, 22)
    .. struct.pack('>I6I6', time, run_at) .. string.sub(record, 35)

  local grave = key('grave:' .. id)
  if tombstone > 0 and call('EXISTS', job_key(id)) == 0 and call('EXISTS', grave) == 1 then
    answers[#answers + 1] = COMPLETED + 16
  elseif not call('SET', job_key(id), stamped, 'NX') then
    answers[#answers + 1] = string.byte(call('GETRANGE', job_key(id), 1, 1)) + 16
  else
    if tombstone > 0 then
      -- It stays with its job; when that goes, its own time begins.
      call('SET', grave, tombstone)
    end
    if state == AVAILABLE then
      place(tenant, priority, 0, id, false)
    else
      schedule(id, run_at)
    end
    answers[#answers + 1] = state
  end
end

wake(push_placed() + push_scheduled())
return answers
