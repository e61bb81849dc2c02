-- change_batch: adds members to an open batch or strikes them out, all of them or none.
--
-- ARGV    [2] id, [3] what: count (only look whether there is room), add, or remove, [4] how many members there may be,
--         [5] how many new ones were counted before, [6] on: the members
-- Answer  {1 applied, 2 sealed, 3 full, or 0 unknown, the members that are new or were struck out}

local batch, what, most = ARGV[2], ARGV[3], tonumber(ARGV[4])
local b, members = key('b:' .. batch), key('members:' .. batch)
local found = call('HMGET', b, 'total', 'sealed')
if not found[1] then
  return { 0, {} }
elseif found[2] then
  return { 2, {} }
end

local ids = { unpack(ARGV, 6) }
local before = #ids > 0 and call('HMGET', members, unpack(ids)) or {}
local changed, seen = {}, {}
for n, id in ipairs(ids) do
  -- What has ended was accepted, and stays.
  local applies = what == 'remove' and before[n] == '' or what ~= 'remove' and not before[n]
  if applies and not seen[id] then
    seen[id] = true
    changed[#changed + 1] = id
  end
end

if what ~= 'remove' and found[1] + ARGV[5] + #changed > most then
  return { 3, {} }
end
if what == 'count' or #changed == 0 then
  return { 1, changed }
end
local by = #changed
if what == 'add' then
  local fields = {}
  for _, id in ipairs(changed) do
    fields[#fields + 1] = id
    fields[#fields + 1] = ''
  end
  call('HSET', members, unpack(fields))
else
  call('HDEL', members, unpack(changed))
  by = -by
end
call('HINCRBY', b, 'total', by)
call('HINCRBY', b, 'pending', by)
return { 1, changed }
