-- Uniqueness: who holds a key, and who waits for it. The tables of what happens are in unique.rs.
--
-- u:KEY     string: the id of the holder, then the millisecond in which its period is over, 0 without a period
-- heir:KEY  string: the id of the heir. It is `pending`, and stands in `due` at the end of the holder's period, or at
--           NEVER where only the holder's end helps it.

-- A chunk of Lua has at most 200 names of its own, so a piece gives its functions one name, and keeps what is private.
local unique = {}
do
  local UNTIL_START, UNTIL_FINISH, UNTIL_PERIOD = 1, 2, 3
  local HOLD = '>c16I6'

  -- Until.lets_go_in of unique.rs.
  local LETS_GO = {
    [UNTIL_START] = { [RUNNING] = true, [COMPLETED] = true, [CANCELLED] = true, [DISCARDED] = true },
    [UNTIL_FINISH] = { [COMPLETED] = true, [CANCELLED] = true, [DISCARDED] = true },
    [UNTIL_PERIOD] = { [CANCELLED] = true },
  }

  -- The id of the job that took a key last and has not let go of it, and the millisecond in which its period is over
  -- or 0.
  local function taker_of(unique_key)
    local stored = call('GET', key('u:' .. unique_key))
    if stored then
      return struct.unpack(HOLD, stored)
    end
  end

  -- The same for the job that holds a key; nil when it is free.
  local function holder_of(unique_key, time)
    local id, over = taker_of(unique_key)
    if id and (over == 0 or over > time) then
      return id, over
    end
  end

  -- When an heir becomes holder without anybody's doing.
  function unique.inherits_at(over)
    return over > 0 and over or NEVER
  end

  function unique.hold(h, id, time)
    local over = h.unique_until == UNTIL_PERIOD and time + h.unique_period or 0
    local name, value = key('u:' .. h.unique_key), struct.pack(HOLD, id, over)
    if over == 0 then
      call('SET', name, value)
    else
      call('SET', name, value, 'PX', math.max(1, h.unique_period))
    end
    return over
  end

  -- Puts a job where its time says; `write` has to follow.
  function unique.set_off(h, id, time)
    if h.run_at > time then
      become(h, SCHEDULED)
      schedule(h, id, h.run_at)
    else
      become(h, AVAILABLE)
      list_due(id, nil)
      place(h, id, false)
    end
  end

  -- The heir of a key that is free becomes its holder; answers its id, or nil when there is none.
  local function inherit(unique_key, time)
    local id = call('GETDEL', key('heir:' .. unique_key))
    local h = id and read(id)
    if not h or h.state ~= PENDING then
      return nil
    end
    unique.hold(h, id, time)
    unique.set_off(h, id, time)
    write(id, h)
    return id
  end

  -- Who holds a key, after an heir whose time has come has taken it over.
  function unique.holder_now(unique_key, time)
    local id, over = holder_of(unique_key, time)
    if not id and inherit(unique_key, time) then
      return holder_of(unique_key, time)
    end
    return id, over
  end

  -- An heir that has come up in `due` becomes the holder, unless the holder's period has been prolonged.
  function unique.inherit_due(h, id, time)
    local holder, over = unique.holder_now(h.unique_key, time)
    if holder ~= id then
      list_due(id, unique.inherits_at(over or 0))
    end
  end

  -- Lets go of a job's key, if it is one that `state` lets go of; the heir takes it over. The job is still in its old
  -- state.
  function unique.let_go(h, id, state, time)
    if not h.unique_key then
      return
    end
    if h.state == PENDING then
      if call('GET', key('heir:' .. h.unique_key)) == id then
        call('DEL', key('heir:' .. h.unique_key))
      end
      return
    end
    if LETS_GO[h.unique_until][state] and taker_of(h.unique_key) == id then
      call('DEL', key('u:' .. h.unique_key))
      inherit(h.unique_key, time)
    end
  end

  -- A job that had ended takes its key again; answers the id of another one that holds it by now, and then nothing
  -- changes.
  function unique.hold_again(h, id, time)
    local other = unique.holder_now(h.unique_key, time)
    if other and other ~= id then
      return other
    end
    local over = unique.hold(h, id, time)
    local heir = call('GET', key('heir:' .. h.unique_key))
    if heir then
      list_due(heir, unique.inherits_at(over))
    end
    return nil
  end
end
