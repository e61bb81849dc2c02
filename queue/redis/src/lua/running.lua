-- running: a page of the current claims.
--
-- ARGV    [2] the member after which to start, or empty, [3] how many at most
-- Answer  for each claim: its member, milliseconds for which its attempt has been out of time or -1

local from = ARGV[2] == '' and '-' or '(' .. ARGV[2]
return with_overdue(call('ZRANGEBYLEX', key('running'), from, '+', 'LIMIT', 0, ARGV[3]))
