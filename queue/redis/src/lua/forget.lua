-- beats, workers, armed, wake:W, cancels:W   all that a queue knows of worker W

local function forget(worker)
  call('HDEL', key('beats'), worker)
  call('HDEL', key('workers'), worker)
  call('SREM', key('armed'), worker)
  call('UNLINK', key('wake:' .. worker), key('cancels:' .. worker))
end
