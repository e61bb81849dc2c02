-- Takes a worker off the kinds that it serves, as far as it has told who it is.
local function serve_no_more(worker, info)
  for _, kind in ipairs(info and cjson.decode(info).kinds or {}) do
    call('SREM', key('serving:' .. kind), worker)
  end
end
