-- promote: moves due jobs to their lanes.
--
-- ARGV    [2] how many at most
-- Answer  {how many, milliseconds until the next due job or -1}
-- Wakes   as many armed workers as jobs became available

local time = now()
local promoted = promote_due(time, tonumber(ARGV[2]))
wake(promoted)
return { promoted, until_due(time) }
