-- running       sorted set, all scores 0: the current claims, ordered by worker

-- For each member of `running`: the member, and the milliseconds for which its attempt has been out of time or -1.
local function with_overdue(members)
  local time = now()
  local answer = {}
  for _, member in ipairs(members) do
    local h = read(string.sub(member, 9, 24))
    local over = h and time - (h.attempted_at + h.timeout) or -1
    answer[#answer + 1] = member
    answer[#answer + 1] = math.max(-1, over)
  end
  return answer
end
