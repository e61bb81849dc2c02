-- resume: ends a pause or hold.
--
-- ARGV    [2] scope
-- Answer  1, or 0 when there was none
-- Wakes   workers for what was brought back

local name = ARGV[2]
local was_paused = is_paused(scope(name))
forget_scope(name)
call('HDEL', key('pauses'), name)
call('ZREM', key('pause_ends'), name)
lift(name, MOST_LIFTED)
commit(now())
forget_rules()
return was_paused and 1 or 0
