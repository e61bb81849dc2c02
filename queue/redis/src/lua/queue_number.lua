-- queue_number: the number of a queue, given to it now if it is new.
--
-- KEYS    [1] the hash: name -> number
-- ARGV    [1] name, [2] the number that it gets if that is free (derived from the name, so that a registry that
--         lost its last seconds gives the same one again)
-- Answer  the number

local known = redis.call('HGET', KEYS[1], ARGV[1])
if known then
  return tonumber(known)
end
local taken = {}
for _, number in ipairs(redis.call('HVALS', KEYS[1])) do
  taken[tonumber(number)] = true
end
local number = tonumber(ARGV[2])
while taken[number] do
  number = number % 65535 + 1
end
redis.call('HSET', KEYS[1], ARGV[1], number)
return number
