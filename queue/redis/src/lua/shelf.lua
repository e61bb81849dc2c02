-- shelf: the jobs of a list of entries, or of the ends of completed jobs.
--
-- ARGV    [2] the list, [3] the first and [4] the last position
-- Answer  for each entry the id of its job, empty where the job has left it behind

local entries = call('LRANGE', key(ARGV[2]), ARGV[3], ARGV[4])
local are_ends = ARGV[2] == 'completed'
local voids = are_ends and voids_among(entries) or {}
local answer = {}
for i, entry in ipairs(entries) do
  local id = string.sub(entry, 1, 16)
  local is_there
  if are_ends then
    is_there = not voids[i]
  else
    local h = read(id)
    is_there = h and is_placed(h, string.byte(entry, 17))
  end
  answer[i] = is_there and id or ''
end
return answer
