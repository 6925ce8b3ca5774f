package main

// retryKill kills retries and checks of a run with pending users.
func retryKill(l *lab, o options) []*verdict {
	v := &verdict{name: "retrykill"}
	s := setup{
		users:   o.users,
		workers: 16,
		tenant:  []string{"--latency", "10ms", "--jitter", "10ms", "--settle", "10ms", "--fault", refuses},
		flags:   []string{"--rate", "unlimited", "--async"},
	}
	for v.cycles < o.cycles && len(v.faults) == 0 {
		v.check(l.retryRun(v, s, o.cycles-v.cycles))
	}
	v.noteMet()
	return []*verdict{v}
}

// retryRun spends a third of the kills on checks and the rest on retries.
func (l *lab) retryRun(v *verdict, s setup, kills int) error {
	e, err := l.experiment(v, s)
	if err != nil {
		return err
	}
	defer e.stop()
	end, err := e.call(e.goOn()...)
	if err != nil {
		return err
	}
	e.clean(end)
	pending := e.ledger.counts()["pending"]
	answers := make(map[*row]int)
	for i := range e.ledger.rows {
		r := &e.ledger.rows[i]
		if answers[r] = 1; r.standing == "pending" {
			answers[r] = 2
		}
	}
	left, checks := kills, (kills+5)/6
	for _, work := range []struct {
		command []string
		kills   int
		redo    bool
	}{
		{[]string{"check", e.run, "--quiet"}, checks, true},
		{[]string{"retry", e.run, "--quiet"}, kills - 2*checks, false},
		{[]string{"check", e.run, "--all", "--quiet"}, kills, true},
	} {
		k := killer{e: e, left: min(left, work.kills), users: pending, before: e.roster.users() - pending}
		k.plan = max(1, k.left)
		was := k.left
		k.again = work.redo
		if err := k.finish(func() []string { return work.command }); err != nil || len(v.faults) > 0 {
			return err
		}
		left -= was - k.left
	}
	if err := e.tenant.close(); err != nil {
		return err
	}
	e.judgeSent()
	e.once(func(r *row) int { return answers[r] })
	return nil
}
