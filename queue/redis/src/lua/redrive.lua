-- redrive: makes jobs available, those too that had ended.
--
-- ARGV    [2] on, 3 for each job: id, 1 if it gets other arguments, these
-- Answer  for each id a code and an id: 3 available now, 19 available before, 16 plus another state refused, 32 another
--         job holds its unique key (its id), 48 it keeps its arguments since its unique key was made of them, 0 unknown
-- Wakes   as many armed workers as jobs became available

local REFUSED, TAKEN, FIXED = 16, 32, 48

local time = now()
local answers = {}

-- A job's record as far as its arguments, and these.
local function split(h, id)
  local stored = call('GET', job_key(id))
  local text_bytes = h.tenant_bytes + h.kind_bytes + h.key_bytes + h.options_bytes + h.tags_bytes
  local before = #encode(h) + text_bytes
  return string.sub(stored, 1, before), string.sub(stored, before + 1)
end

-- Gives a job other arguments, unless they are the same; `write` has to follow.
local function change_args(h, id, args)
  local before, old = split(h, id)
  if old ~= args then
    forget_records(h, id)
    call('SET', job_key(id), before .. args)
  end
end

-- What had ended begins anew.
local function begin_anew(h, id)
  take_out_ended(h, id)
  drop_parts(h, id, PART.RESULT + PART.NOTES)
  h.attempt, h.deaths, h.finished_at = 0, 0, 0
  if h.expires_at then
    h.expires_at = 0
  end
end

local function redrive(id, has_args, args)
  local h = read(id)
  if not h then
    return 0, ''
  end
  if h.state == RUNNING or h.state == PENDING then
    return REFUSED + h.state, ''
  end
  if has_args and h.unique_key then
    local _, old = split(h, id)
    if old ~= args then
      return FIXED, ''
    end
  end
  local other = FINAL[h.state] and h.unique_key and unique.hold_again(h, id, time)
  if other then
    return TAKEN, other
  end
  local was_available = h.state == AVAILABLE
  if FINAL[h.state] then
    begin_anew(h, id)
  end
  if has_args then
    change_args(h, id, args)
  end
  if not was_available then
    h.run_at = time
    unique.set_off(h, id, time)
  end
  write(id, h)
  return was_available and REFUSED + AVAILABLE or AVAILABLE, ''
end

for i = 2, #ARGV, 3 do
  local code, other = redrive(ARGV[i], ARGV[i + 1] == '1', ARGV[i + 2])
  answers[#answers + 1] = code
  answers[#answers + 1] = other
end
commit()
return answers
