-- steps:ID       hash: name of a step -> its result; `#` -> how many bytes the results have together
-- checkpoint:ID  string: how far the work has come

local BYTES = '#'

-- Whether the token that `ARGV` starts with ([2] worker, [3] id, [4] claim number) is current.
local function is_current()
  return call('ZSCORE', key('running'), claim_member(ARGV[2], ARGV[3], ARGV[4]))
end
