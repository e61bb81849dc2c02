-- begin_alone: a suspect starts now and runs alone; its attempt's time counts from here.
--
-- ARGV    [2] worker, [3] id, [4] claim number
-- Answer  1, or 0 when the token is stale

local id = ARGV[3]
if not call('ZSCORE', key('running'), claim_member(ARGV[2], id, ARGV[4])) then
  return 0
end
local h = read(id)
if not h then
  return 0
end
if not has(h.flags, ALONE) then
  h.flags = h.flags + ALONE
end
h.attempted_at = now()
write(id, h)
return 1
