# Deaths at random, from a seed that is printed. bats_tests += tests/fault/NAME.bats, one a line.
bats_tests += tests/fault/deaths.bats
bats_tests += tests/fault/clock.bats
bats_tests += tests/fault/diskfull.bats
bats_tests += tests/fault/supervisor.bats
