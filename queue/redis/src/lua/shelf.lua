-- shelf: the jobs of a list of entries; those that an entry was left behind by are not among them.
--
-- ARGV    [2] the list, [3] the first and [4] the last position
-- Answer  {how many entries were looked at, id, …}

local entries = call('LRANGE', key(ARGV[2]), ARGV[3], ARGV[4])
local answer = { #entries }
for _, entry in ipairs(entries) do
  local id = string.sub(entry, 1, 16)
  local h = read(id)
  if h and h.state == AVAILABLE and h.placement == string.byte(entry, 17) then
    answer[#answer + 1] = id
  end
end
return answer
