-- Batches: who is pending, and what happens when nobody is. The table of what happens is in batch.rs.
--
-- b:BATCH        hash: tenant, description, created_at, sealed, finished_at, total, pending, the number of members that
--                ended by state, and the fields of the callback
-- members:BATCH  hash: id of a member -> the state in which it ended, empty while it is pending. It goes with the end
--                of the batch: what ends later counts no more.
-- batches        sorted set: id of a batch that has not ended -> when it was opened, or last found to have a pending
--                member that exists
-- ended_batches  sorted set: id of a batch that has ended -> when it did

local batches = {}
do
  local ends, end_lists

  at_the_start(function()
    ends, end_lists = {}, {}
  end)

  -- The queue of an id is told by its last two bytes.
  local function is_neighbour(id, other)
    return string.sub(id, 15, 16) == string.sub(other, 15, 16)
  end

  -- Notes that a member of a batch of this queue has ended.
  function batches.note_end(batch, id, state)
    local list = ends[batch]
    if not list then
      list = { batch = batch, ids = {}, states = {} }
      ends[batch] = list
      end_lists[#end_lists + 1] = list
    end
    list.ids[#list.ids + 1] = id
    list.states[#list.states + 1] = state
  end

  -- Tells a job's batch that it has reached a final state, if it is a member of one.
  function batches.ended(h, id, state)
    if not h.batch then
      return
    end
    if is_neighbour(h.batch, id) then
      batches.note_end(h.batch, id, state)
    else
      leave_end(h.batch, id, state)
    end
  end

  local function callback_of(batch)
    local fields = call('HMGET', key('b:' .. batch), unpack(JOB_FIELDS))
    return fields[1] and job_from(fields, 1)
  end

  -- Ends a batch when it is sealed and nobody is pending.
  function batches.finish(batch, time)
    local b = key('b:' .. batch)
    local found = call('HMGET', b, 'sealed', 'pending', 'finished_at')
    if not found[1] or found[2] ~= '0' or found[3] then
      return
    end
    call('HSET', b, 'finished_at', time)
    call('UNLINK', key('members:' .. batch))
    call('ZREM', key('batches'), batch)
    call('ZADD', key('ended_batches'), time, batch)
    local callback = callback_of(batch)
    if callback and callback.queue == '' then
      accept(callback, time)
    elseif callback then
      leave_job(callback, time)
    end
  end

  local function cross_off(list, time)
    local members, b = key('members:' .. list.batch), key('b:' .. list.batch)
    local before = call('HMGET', members, unpack(list.ids))
    local crossed, by_state, count = {}, {}, 0
    for n, id in ipairs(list.ids) do
      if before[n] == '' and not crossed[id] then
        local state = list.states[n]
        crossed[id] = true
        crossed[#crossed + 1] = id
        crossed[#crossed + 1] = state
        by_state[state] = (by_state[state] or 0) + 1
        count = count + 1
      end
    end
    if count == 0 then
      return
    end
    call('HSET', members, unpack(crossed))
    for state, number in pairs(by_state) do
      call('HINCRBY', b, state, number)
    end
    if call('HINCRBY', b, 'pending', -count) == 0 then
      batches.finish(list.batch, time)
    end
  end

  -- Tells the batches what ended. A callback that is accepted for it may have to be placed, so this comes first in
  -- `commit`.
  function batches.push()
    local lists = end_lists
    ends, end_lists = {}, {}
    for _, list in ipairs(lists) do
      cross_off(list, now())
    end
  end
end
