-- queue_number: the number of a queue, given to it now if it is new.
--
-- KEYS    [1] the hash: name -> number
-- ARGV    [1] name, [2] the number that it gets if that is free (derived from the name, so that a registry that
--         lost its last seconds gives the same one again)
-- Answer  the number, or 0 when none is free
--
-- KEYS[1]:taken  bits: the numbers that are given away; 0 is nobody's

-- An id has two bytes for it.
local MOST = 65535

local call, taken = redis.call, KEYS[1] .. ':taken'
local known = call('HGET', KEYS[1], ARGV[1])
if known then
  return tonumber(known)
end
if call('EXISTS', taken) == 0 then
  call('SETBIT', taken, 0, 1)
  -- All bits are there, so that a search for a free one ends at the last.
  call('SETBIT', taken, MOST, 0)
  for _, number in ipairs(call('HVALS', KEYS[1])) do
    call('SETBIT', taken, number, 1)
  end
end

-- The first free number in a range of bytes, or -1.
local function free_in(first, last)
  return call('BITPOS', taken, 0, first, last)
end

local number = tonumber(ARGV[2])
if call('GETBIT', taken, number) == 1 then
  number = free_in(math.floor(number / 8), -1)
end
if number < 0 then
  number = free_in(0, -1)
end
if number < 0 then
  return 0
end
call('SETBIT', taken, number, 1)
call('HSET', KEYS[1], ARGV[1], number)
return number
