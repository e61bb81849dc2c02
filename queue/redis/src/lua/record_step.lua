-- record_step: records the result of a step, once.
--
-- ARGV    [2] worker, [3] id, [4] claim number, [5] the step, [6] its result, [7] how many steps a job may have,
--         [8] how many bytes their results may have together
-- Answer  1 recorded, 2 too much, 0 the token is stale, or the result that the step has already

if not is_current() then
  return 0
end
local id, steps, step, result = ARGV[3], key('steps:' .. ARGV[3]), ARGV[5], ARGV[6]
local found = call('HMGET', steps, step, BYTES)
if found[1] then
  return found[1]
end
local bytes = (found[2] or 0) + #result
local others = found[2] and call('HLEN', steps) - 1 or 0
if bytes > tonumber(ARGV[8]) or others >= tonumber(ARGV[7]) then
  return 2
end
call('HSET', steps, step, result, BYTES, bytes)
has_parts_now(id, PART.STEPS)
return 1
