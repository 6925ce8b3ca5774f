package main

// look is SIGKILL, SIGINT and SIGTERM at random instants of commands that look
// everybody up first: of the look, the verdicts, the seal, the sending.
func look(l *lab, o options) []*verdict {
	run := &verdict{name: "look run kill"}
	plan := &verdict{name: "look plan kill"}
	stop := &verdict{name: "look interrupt"}
	for _, c := range []struct {
		*verdict
		cycles  int
		planned bool
		run     func(v *verdict, s setup, left int) error
	}{
		{run, o.cycles / 2, false, l.killRun},
		{plan, o.cycles / 2, true, l.killRun},
		{stop, max(2, o.cycles/10), false, l.interruptRun},
	} {
		for round := 0; c.verdict.cycles < c.cycles && len(c.faults) == 0; round++ {
			s, left := mixed(o.users, round), min(c.cycles-c.verdict.cycles, max(2, c.cycles/6))
			s.planned = c.planned
			c.check(c.run(c.verdict, s, left))
		}
		c.noteMet()
	}
	return []*verdict{run, plan, stop}
}

// mixed is a tenant and a roster for which everybody is looked up, in turns: by
// the list, by name since there are few, by name since the token may not list,
// with an outage before that can end.
func mixed(users, round int) setup {
	s := setup{
		users:   users,
		workers: 16,
		tenant:  []string{"--latency", "10ms", "--jitter", "10ms", "--fault", refuses},
		flags:   []string{"--rate", "unlimited"},
		looks:   true,
	}
	switch round % 3 {
	case 0:
		s.tenant = append(s.tenant, "--fault", "action=list list=short")
	case 1:
		s.users = 12
	case 2:
		s.tenant = append(s.tenant, "--fault", "action=list http=403", "--down", "100ms-800ms=503")
		s.flags = append(s.flags, "--max-attempts", "10")
	}
	return s
}
