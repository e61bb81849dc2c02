-- Writes what the script has collected and wakes who has to hear of it. Every script that moves jobs ends with it.
local function commit()
  batches.push()
  lift_freed()
  -- What came back may have expired on the way, as the last one of its batch.
  batches.push()
  push_starts()
  push_parked()
  wake_later(push_placed() + push_scheduled())
  push_expiries()
  push_finished()
  push_events()
  push_counts()
  if push_notes() then
    wake_later(1)
  end
  wake(to_wake)
end
