-- held: every current claim of one worker.
--
-- ARGV    [2] worker
-- Answer  for each claim: its member, milliseconds for which its attempt has been out of time or -1

local first, last = '[' .. ARGV[2], '[' .. ARGV[2] .. string.rep('\255', 20)
return with_overdue(call('ZRANGEBYLEX', key('running'), first, last))
