-- hold: holds a scope up for at least some time.
--
-- ARGV    [2] scope, [3] for how many milliseconds, [4] note
-- Answer  1, or 0 when a pause that lasts longer stays as it is

local ends = now() + ARGV[3]
local s = scope(ARGV[2])
if is_paused(s) and (s.paused_until == 0 or s.paused_until >= ends) then
  return 0
end
set_pause(ARGV[2], ends, ARGV[4])
return 1
