-- report: stores progress and log lines of running jobs.
--
-- ARGV    [2] how many log lines a job keeps, then for each report: worker, id, claim number, percent or empty,
--         message or empty, number of lines, the lines
-- Answer  for each report 1, or 0 when the token is stale

local max_lines = tonumber(ARGV[2])
local answers = {}
local i = 3

while i <= #ARGV do
  local id, percent, message, count = ARGV[i + 1], ARGV[i + 3], ARGV[i + 4], tonumber(ARGV[i + 5])
  if call('ZSCORE', key('running'), claim_member(ARGV[i], id, ARGV[i + 2])) then
    if percent ~= '' then
      call('HSET', key('notes:' .. id), 'percent', percent, 'message', message)
    end
    has_parts_now(id, (percent ~= '' and PART.NOTES or 0) + (count > 0 and PART.LOG or 0))
    for line = i + 6, i + 5 + count do
      call('RPUSH', key('log:' .. id), ARGV[line])
    end
    if count > 0 then
      call('LTRIM', key('log:' .. id), -max_lines, -1)
    end
    answers[#answers + 1] = 1
  else
    answers[#answers + 1] = 0
  end
  i = i + 6 + count
end
return answers
