-- accept: a job comes in, with all that its id, its unique key and its time mean.
--
-- grave:ID  string: for how many milliseconds the id is remembered when its job is gone; `@` and until when, once it is

local accept, accept_plain, push_plain, look_up, forget_records
do
  -- What an answer adds to the state of the job that stands for the one that was asked.
  local DUPLICATE, CONFLICT, REPLACED = 16, 32, 48
  -- Policies for a conflict, as Rust numbers them.
  local ON_CONFLICT = { REJECT = 0, REPLACE = 1, DEBOUNCE = 2, KEEP_LATEST = 3 }

  -- Which of the ids of this call may exist; nil when all may.
  local may_exist
  -- Where some of a record stands behind its instants.
  local BODY_AT = { PRIORITY = AT.PRIORITY - #NEW, TENANT_BYTES = AT.TENANT_BYTES - #NEW, TENANT = AT.NAMES - #NEW }
  -- How the records of the plain jobs of this call begin, and those that are not stored yet.
  local beginning, plain

  at_the_start(function()
    may_exist, beginning, plain = nil, nil, {}
  end)

  -- That none of many ids exists is told by one call.
  function look_up(ids)
    local keys = {}
    for n, id in ipairs(ids) do
      keys[n] = job_key(id)
    end
    if call('EXISTS', unpack(keys)) == 0 then
      may_exist = {}
    end
  end

  local function is_remembered(grave, time)
    local found = call('GET', grave)
    return found and tonumber(string.match(found, '^@(%d+)') or 0) > time
  end

  -- The state of a job that exists, or nil.
  local function state_of(id)
    if may_exist and not may_exist[id] then
      return nil
    end
    return (string.byte(call('GETRANGE', job_key(id), OFFSET.STATE, OFFSET.STATE)))
  end

  -- Forgets what earlier attempts have recorded; `write` has to follow.
  function forget_records(h, id)
    drop_parts(h, id, PART.STEPS + PART.CHECKPOINT)
  end

  -- The job `id` takes over the content and the time of another one: it keeps who it is and starts anew. An heir goes
  -- on waiting.
  local function replace(h, id, job, time)
    local n = decode(job.record)
    local rest = string.sub(job.record, #encode(n) + n.tenant_bytes + n.kind_bytes + n.key_bytes + 1)
    if h.state == AVAILABLE then
      recheck(h)
    end
    forget_records(h, id)
    unwatch_expiry(h, id)
    h.priority, h.max_attempts, h.timeout, h.attempt, h.flags = n.priority, n.max_attempts, n.timeout, 0, 0
    h.limit_key, h.key_bytes, h.options_bytes, h.tags_bytes = n.limit_key, n.key_bytes, n.options_bytes, n.tags_bytes
    h.expires_at = n.expires_at and instant(job.expires, job.expires_millis, time)
    h.features = UNIQUE + (h.batch and BATCH or 0) + (h.expires_at and EXPIRES or 0)
    h.run_at = instant(job.when, job.when_millis, time)
    if h.state ~= PENDING then
      unique.set_off(h, id, time)
    end
    watch_expiry(h, id)
    call('SET', job_key(id), encode(h) .. h.tenant .. h.kind .. (h.limit_key or '') .. rest)
  end

  -- What comes of a job whose unique key is taken (OnConflict.resolve of unique.rs): a code and an id as `accept` answers
  -- them. Where it is to wait as the heir, there are none, but thirdly the millisecond from which on it holds the key
  -- without anybody's doing.
  local function resolve(n, job, time)
    local holder, over = unique.holder_now(n.unique_key, time)
    if not holder then
      return nil
    end
    local h, policy = read(holder), job.on_conflict
    local id, successor = holder, h
    if policy ~= ON_CONFLICT.REJECT then
      local heir = call('GET', key('heir:' .. n.unique_key))
      local waits = heir and read(heir)
      if waits and waits.state == PENDING then
        id, successor = heir, waits
      end
    end
    if id == holder then
      local is_running = h and h.state == RUNNING
      if not h or FINAL[h.state] or policy == ON_CONFLICT.REJECT or (is_running and policy == ON_CONFLICT.REPLACE) then
        return CONFLICT + (h and h.state or COMPLETED), holder
      elseif is_running then
        return nil, nil, unique.inherits_at(over)
      end
    end
    replace(successor, id, job, time)
    return REPLACED + successor.state, id
  end

  -- What another job stands for is remembered like a job that is gone, so that its content comes in once.
  local function remember(grave, window, time)
    call('SET', grave, string.format('@%.0f', time + window), 'PX', window)
  end

  -- The number of the placement with which a plain job comes in, as an entry ends with it.
  local ENTRY_END = '\1'

  -- Accepts a job as most are: new, free to start at once, and nothing but its record to be kept, given as it is behind
  -- its instants. It does what `accept` does, without taking the record apart. Answers false for one that may be there
  -- already. `push_plain` has to follow.
  function accept_plain(id, body, time)
    if not may_exist or may_exist[id] then
      return false
    end
    may_exist[id] = true
    beginning = beginning or struct.pack('>BI6I6', VERSION, time, time)
    local n = #plain
    plain[n + 1] = jobs .. id
    plain[n + 2] = beginning .. body
    local priority, _, _, _, _, _, _, tenant_bytes = string.byte(body, BODY_AT.PRIORITY, BODY_AT.TENANT_BYTES)
    local tenant = string.sub(body, BODY_AT.TENANT, BODY_AT.TENANT + tenant_bytes - 1)
    local lane = lane_of(tenant, priority)
    lane.back[#lane.back + 1] = id .. ENTRY_END
    lane.plain = lane.plain + 1
    return true
  end

  -- Stores the records of plain jobs, and counts these.
  function push_plain()
    if #plain == 0 then
      return
    end
    call('MSET', unpack(plain))
    count(COUNT[AVAILABLE], #plain / 2)
    plain = {}
    for _, lane in ipairs(lanes) do
      count('t:' .. lane.tenant, lane.plain)
      lane.plain = 0
    end
  end

  -- Accepts a job; `commit` has to follow. Answers a code and what belongs to it: a state, with DUPLICATE, CONFLICT (and
  -- the holder's id) or REPLACED (and the id of the job that has taken over) added to it. `refusal`, where it is given,
  -- may keep a new job out, and answers a code of its own then.
  function accept(job, time, refusal)
    local id = job.id
    local state = state_of(id)
    if state then
      return DUPLICATE + state, ''
    end
    local grave = key('grave:' .. id)
    if job.tombstone > 0 and is_remembered(grave, time) then
      return DUPLICATE + COMPLETED, ''
    end
    local h, inherits = decode(job.record), nil
    if h.unique_key then
      local code, other
      code, other, inherits = resolve(h, job, time)
      if code then
        if job.tombstone > 0 then
          remember(grave, job.tombstone, time)
        end
        return code, other
      end
    end
    if refusal then
      local code, bound = refusal(h)
      if code then
        return code, bound
      end
    end

    h.created_at, h.run_at = time, instant(job.when, job.when_millis, time)
    if h.expires_at then
      h.expires_at = instant(job.expires, job.expires_millis, time)
    end
    if inherits then
      become_new(h, PENDING)
      list_due(id, inherits)
      call('SET', key('heir:' .. h.unique_key), id)
    elseif h.run_at > time then
      become_new(h, SCHEDULED)
      schedule(h, id, h.run_at)
    else
      become_new(h, AVAILABLE)
      place(h, id, false)
    end
    if h.unique_key and h.state ~= PENDING then
      unique.hold(h, id, time)
    end
    if job.tombstone > 0 then
      h.parts = PART.GRAVE
      -- It stays with its job; when that goes, its own time begins.
      call('SET', grave, job.tombstone)
    end
    watch_expiry(h, id)
    local head = encode(h)
    call('SET', job_key(id), head .. string.sub(job.record, #head + 1))
    if may_exist then
      may_exist[id] = true
    end
    return h.state, ''
  end
end
