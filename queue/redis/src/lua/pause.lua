-- pause: holds a scope up. Nothing moves: claims that come across it see it.
--
-- ARGV    [2] scope, [3] for how many milliseconds or empty, [4] note
-- Answer  1

set_pause(ARGV[2], ARGV[3] == '' and 0 or now() + ARGV[3], ARGV[4])
return 1
