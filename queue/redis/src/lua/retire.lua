-- retire: ends a worker's lease. What it should still hold is found by rescuers, as nobody's.
--
-- ARGV    [2] worker

forget(ARGV[2])
return 1
