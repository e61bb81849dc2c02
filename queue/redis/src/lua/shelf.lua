-- shelf: the jobs of a list of entries.
--
-- ARGV    [2] the list, [3] the first and [4] the last position
-- Answer  for each entry the id of its job, empty where the job has left it behind

local entries = call('LRANGE', key(ARGV[2]), ARGV[3], ARGV[4])
local answer = {}
for i, entry in ipairs(entries) do
  local id = string.sub(entry, 1, 16)
  local h = read(id)
  local is_there = h and h.state == AVAILABLE and h.placement == string.byte(entry, 17)
  answer[i] = is_there and id or ''
end
return answer
