-- beats, workers, vitals, serving:K, armed, wake:W, cancels:W   all that a queue knows of worker W

local function forget(worker)
  serve_no_more(worker, call('HGET', key('workers'), worker))
  call('SREM', key('serving:*'), worker)
  call('HDEL', key('beats'), worker)
  call('HDEL', key('workers'), worker)
  call('HDEL', key('vitals'), worker)
  call('SREM', key('armed'), worker)
  -- What it was woken for may still wait for somebody.
  if call('LLEN', key('wake:' .. worker)) > 0 then
    wake(1)
  end
  call('UNLINK', key('wake:' .. worker), key('cancels:' .. worker))
end
