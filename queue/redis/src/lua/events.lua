-- events       stream: what has happened to jobs, an entry for each call that told something. `n` is the number of its last
--              event, counted since the queue exists; `t` the millisecond; `e` the events one after the other, as EVENT
--              lays them out; `f` the ids of jobs whose first claims were completed, which is what most events are
-- events_told  string: how many events there have been
-- event_marks  list: the entry in which each MARKED-th event stands, oldest first, as far as they are kept: so the
--              oldest events can be dropped without counting what the entries hold
-- cfg          hash: `events_most`, how many events are kept at most, where that is not EVENTS_MOST

-- What happened, as events.rs numbers it.
local EVENT_VERB = {
  complete = 1, retry = 2, discard = 3, snooze = 4, release = 5, cancel = 6, rescue = 7, expire = 8, delete = 9,
}

local tell_event, tell_first_completed, push_events
do
  -- Verb, state afterwards (0: the job is gone), number of the claim, id.
  local EVENT = '>BBI4c16'
  local MARKED = 256
  -- As MOST_EVENTS of events.rs has it.
  local EVENTS_MOST = 250000
  -- How many marks one call drops at most, so that a bound that has become much lower stops nobody for long.
  local MOST_DROPPED = 16

  local told, completed

  at_the_start(function()
    told, completed = {}, {}
  end)

  function tell_event(verb, h, id, state)
    told[#told + 1] = struct.pack(EVENT, EVENT_VERB[verb], state, h.claims, id)
  end

  -- Tells that the first claims of these jobs were completed. Nobody else may change the table then.
  function tell_first_completed(ids)
    completed = ids
  end

  local function mark(entry)
    local marks = call('RPUSH', key('event_marks'), entry)
    local most = call('HGET', key('cfg'), 'events_most') or EVENTS_MOST
    local surplus = math.min(MOST_DROPPED, marks - math.ceil(most / MARKED) - 1)
    if surplus > 0 then
      local dropped = call('LPOP', key('event_marks'), surplus)
      call('XTRIM', key('events'), 'MINID', dropped[#dropped])
    end
  end

  function push_events()
    local number = #told + #completed
    if number == 0 then
      return
    end
    local last = call('INCRBY', key('events_told'), number)
    local entry = call('XADD', key('events'), '*', 'n', string.format('%d', last), 't', string.format('%d', now()), 'e',
      table.concat(told), 'f', table.concat(completed))
    if math.floor(last / MARKED) ~= math.floor((last - number) / MARKED) then
      mark(entry)
    end
    told, completed = {}, {}
  end
end
