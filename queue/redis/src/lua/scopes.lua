-- Scopes: the parts of a queue's jobs that rules hold for, written as `queue`, `tenant:T`, `kind:K` and `key:Y`.
--
-- pauses          hash: scope -> `UNTIL|NOTE`; 0 for no end
-- limits          hash: scope, `tenant:*` or `key:FAMILY:*` -> `CONCURRENCY COUNT PERIOD BURST`, 0 for no limit. A `+`
--                 before it: slots are taken, but not yet limited, because those that run are being counted in
-- slots:SCOPE     set: the claims, as in `running`, that count under the scope
-- arrival:SCOPE   string: when the next start would be if they came evenly, in microseconds; it goes by itself when
--                 that is over (see `Rate` in limit.rs)
--
-- What is read of a scope is kept for the rest of the script, and what starts under it is counted there.

local scopes, each_limits, slots, freed

at_the_start(function()
  scopes, each_limits, slots, freed = {}, {}, {}, {}
end)

-- What a limit for each scope of the sort is set for, or nil.
local function each_of(scope)
  local family = string.match(scope, '^(key:[^:]+):')
  return family and family .. ':*' or string.sub(scope, 1, 7) == 'tenant:' and 'tenant:*' or nil
end

local function each_limit(scope)
  local each = each_of(scope)
  if not each then
    return false
  end
  if each_limits[each] == nil then
    each_limits[each] = call('HGET', key('limits'), each)
  end
  return each_limits[each]
end

local function add_limit(s, text)
  local announced, concurrency, number, period, burst = string.match(text, '^(%+?)(%d+) (%d+) (%d+) (%d+)$')
  concurrency, number = tonumber(concurrency), tonumber(number)
  if concurrency > 0 then
    s.concurrency = concurrency
    s.announced = announced == '+'
    s.used = call('SCARD', key('slots:' .. s.name))
  end
  if number > 0 then
    s.interval = math.max(1, math.floor(period * 1000 / number))
    s.window = s.interval * burst
    s.arrival = tonumber(call('GET', key('arrival:' .. s.name)) or 0)
    -- A clock that stepped back, or a rate that was slower, closes the gate for no longer than a burst does.
    if s.arrival > now_micros() + s.window then
      s.arrival = now_micros() + s.window
      s.has_changed = true
    end
  end
end

-- Reads what holds for these scopes, unless that is known.
local function load_scopes(names)
  local unknown, seen = {}, {}
  for _, name in ipairs(names) do
    if not scopes[name] and not seen[name] then
      seen[name] = true
      unknown[#unknown + 1] = name
    end
  end
  if #unknown == 0 then
    return
  end
  local pauses = call('HMGET', key('pauses'), unpack(unknown))
  local limits = call('HMGET', key('limits'), unpack(unknown))
  for i, name in ipairs(unknown) do
    local s = { name = name }
    if pauses[i] then
      s.paused_until = tonumber(string.match(pauses[i], '^%d+'))
      s.note = string.match(pauses[i], '|(.*)$')
    end
    local limit = limits[i] or each_limit(name)
    if limit then
      add_limit(s, limit)
    end
    scopes[name] = s
  end
end

local function scope(name)
  load_scopes({ name })
  return scopes[name]
end

-- Has a scope be read anew, because what holds for it changes.
local function forget_scope(name)
  scopes[name] = nil
end

local function is_paused(s)
  return s.paused_until ~= nil and (s.paused_until == 0 or s.paused_until > now_micros() / 1000)
end

-- How many more may run at a time.
local function free_slots(s)
  return s.concurrency and not s.announced and math.max(0, s.concurrency - s.used) or math.huge
end

-- No past is saved up.
local function arrival_of(s)
  return math.max(now_micros(), s.arrival)
end

-- How many more may start now.
local function free_starts(s)
  return s.interval and math.floor((now_micros() + s.window - arrival_of(s)) / s.interval) or math.huge
end

local function room(s)
  return is_paused(s) and 0 or math.min(free_slots(s), free_starts(s))
end

-- The millisecond from which the next one may start after `more` further ones have, as far as rates go.
local function opens_at(s, more)
  local arrival = arrival_of(s) + s.interval * more
  return math.ceil((arrival - s.window + s.interval) / 1000)
end

-- The first of these scopes that holds a job up, or nil: all pauses come before all full limits, and these before
-- all rates.
local held_up_by
do
  local HOLD_UPS = {
    is_paused,
    function(s) return free_slots(s) == 0 end,
    function(s) return free_starts(s) == 0 end,
  }

  function held_up_by(names)
    for _, is_held_up in ipairs(HOLD_UPS) do
      for _, name in ipairs(names) do
        if is_held_up(scopes[name]) then
          return scopes[name]
        end
      end
    end
  end
end

-- The scopes of a job that it can be parked under by itself.
local function own_scopes(h)
  return { 'kind:' .. h.kind, h.limit_key and 'key:' .. h.limit_key }
end

local function all_scopes(h)
  return { 'queue', 'tenant:' .. h.tenant, 'kind:' .. h.kind, h.limit_key and 'key:' .. h.limit_key }
end

-- Counts a start under all scopes of the job; answers whether it holds slots.
local function start_under(h, member)
  local is_slotted = false
  for _, name in ipairs(all_scopes(h)) do
    local s = scope(name)
    if s.concurrency then
      s.used = s.used + 1
      slots[name] = slots[name] or {}
      table.insert(slots[name], member)
      is_slotted = true
    end
    if s.interval then
      s.arrival = arrival_of(s) + s.interval
      s.has_changed = true
    end
  end
  return is_slotted
end

-- A suspect that was claimed and is given back before it began has not started: its start does not count any more.
local function take_back_start(h)
  for _, name in ipairs(config().rules and all_scopes(h) or {}) do
    local s = scope(name)
    if s.interval then
      s.arrival = math.max(0, s.arrival - s.interval)
      s.has_changed = true
    end
  end
end

-- Gives back the slots that a claim holds; `write` has to follow. What waits for them is brought back by `commit`.
local function release_slots(h, member)
  if not has(h.flags, SLOTTED) then
    return
  end
  h.flags = without(h.flags, SLOTTED)
  for _, name in ipairs(all_scopes(h)) do
    if call('SREM', key('slots:' .. name), member) == 1 then
      freed[name] = (freed[name] or 0) + 1
    end
  end
end

-- A job that is parked, or was, leaves its place otherwise than by being claimed; `write` has to follow. Who was brought
-- back in its stead of another one leaves room for that.
local function recheck(h)
  if has(h.flags, UNPARKED) then
    for _, name in ipairs(all_scopes(h)) do
      freed[name] = (freed[name] or 0) + 1
    end
  end
  h.flags = without(without(h.flags, PARKED), UNPARKED)
end

local function push_starts()
  for name, members in pairs(slots) do
    call_in_chunks('SADD', 'slots:' .. name, members)
  end
  for name, s in pairs(scopes) do
    local lasts = s.has_changed and math.ceil((s.arrival - now_micros()) / 1000) or 0
    if lasts > 0 then
      call('SET', key('arrival:' .. name), string.format('%.0f', s.arrival), 'PX', lasts)
    elseif s.has_changed then
      call('DEL', key('arrival:' .. name))
    end
  end
end
