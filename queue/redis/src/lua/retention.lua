-- cfg  `retention`: what takes the place of the retention that the caretaker gives

-- The numbers of a retention as they are written, with spaces between them: age of completed jobs, their number, age of
-- cancelled and of discarded jobs, their numbers, age of results. Ages are in milliseconds.
local RETENTION = { 'completed_for', 'completed_most', 'failed_for', 'failed_most', 'results_for' }

-- The retention that holds for the queue, where the caretaker gives this one.
local function retention(given)
  local kept, n = {}, 0
  for number in string.gmatch(call('HGET', key('cfg'), 'retention') or given, '%d+') do
    n = n + 1
    kept[RETENTION[n]] = tonumber(number)
  end
  return kept
end

-- From which millisecond on jobs that have ended stay, whatever the retention: that of the first event that waits for whoever
-- follows the events. These are bounded, so what is kept longer is bounded with them.
local function held_from()
  if not call('HGET', key('cfg'), 'followed') then
    return math.huge
  end
  local first = call('XRANGE', key('events'), '-', '+', 'COUNT', 1)[1]
  return first and tonumber(first[2][4]) or math.huge
end

-- results_gone  string: of how many of the first completed jobs the results are gone already, where results go before
--               their jobs

local function results_gone()
  return tonumber(call('GET', key('results_gone')) or 0)
end

-- As many of the first ends are taken out.
local function forget_ends(number)
  local gone = results_gone()
  if gone > number then
    call('SET', key('results_gone'), gone - number)
  elseif gone > 0 then
    call('DEL', key('results_gone'))
  end
end
