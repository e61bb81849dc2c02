-- end_members: tells batches of this queue which of their members have ended in other queues.
--
-- ARGV    [2] on, 3 for each: batch, id of the member, the state in which it ended
-- Answer  1
-- Wakes   a worker for each callback

for i = 2, #ARGV, 3 do
  batches.note_end(ARGV[i], ARGV[i + 1], ARGV[i + 2])
end
commit()
return 1
