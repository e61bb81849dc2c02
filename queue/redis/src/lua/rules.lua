-- rules: a page of what is in force.
--
-- ARGV    [2] of what: tenants, pauses, limits, parkings or unserved, [3] where to go on, 0 at first
-- Answer  {where to go on or 0, {name, what is set for it, …}}; of parkings and unserved, how many entries wait there

local PAGE = 200

local what = ARGV[2]
local LISTS = { parkings = 'parked:', unserved = 'unserved:' }

if LISTS[what] then
  local page = call('SSCAN', key(what), ARGV[3], 'COUNT', PAGE)
  local found = {}
  for _, name in ipairs(page[2]) do
    found[#found + 1] = name
    found[#found + 1] = tostring(call('LLEN', key(LISTS[what] .. name)))
  end
  return { page[1], found }
end

local page = call('HSCAN', key(what), ARGV[3], 'COUNT', PAGE)
if what ~= 'pauses' then
  return page
end
local found, time = {}, now()
for i = 1, #page[2], 2 do
  local ends = tonumber(string.match(page[2][i + 1], '^%d+'))
  if ends == 0 or ends > time then
    found[#found + 1] = page[2][i]
    found[#found + 1] = page[2][i + 1]
  end
end
return { page[1], found }
