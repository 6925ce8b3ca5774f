package main

import (
	"os"
	"slices"
)

// lock has several processes go for one run at once.
func lock(l *lab, o options) []*verdict {
	v := &verdict{name: "lock"}
	for _, n := range []int{2, 10} {
		if len(v.faults) == 0 {
			v.check(l.lockRun(v, n, o.users))
		}
	}
	return []*verdict{v}
}

// lockRun has a run that is too slow to end by itself meanwhile.
func (l *lab) lockRun(v *verdict, n, users int) error {
	e, err := l.experiment(v, setup{users: users, workers: 16, flags: []string{"--rate", "5/s"}})
	if err != nil {
		return err
	}
	defer e.stop()
	// One run may come to be, whoever of many makes it. Those who come when
	// it is there are told so.
	create := e.goOn()
	if err := e.contest(n, func(int) []string { return create }, 5, 2); err != nil {
		return err
	}
	if err := e.contest(n, func(int) []string { return e.goOn() }, 5); err != nil {
		return err
	}
	end, err := e.call("resume", e.run, "--quiet", "--rate", "unlimited")
	if err != nil {
		return err
	}
	e.clean(end)
	if err := e.tenant.close(); err != nil || len(v.faults) > 0 {
		return err
	}
	e.judgeSent()
	return nil
}

// contest starts n processes at once, of which one may work, then as many that
// must all be refused, and kills the one, with whom the lock dies.
func (e *experiment) contest(n int, args func(int) []string, codes ...int) error {
	all, err := e.many(n, args)
	if err != nil {
		return err
	}
	holder, err := e.winner(all, codes)
	if err != nil || holder == nil {
		return err
	}
	if err := e.holds(holder); err != nil {
		return err
	}
	late, err := e.many(n, func(i int) []string { return []string{[]string{"resume", "retry", "check"}[i%3], e.run} })
	if err != nil {
		return err
	}
	for _, p := range late {
		e.refused(p.wait(), []int{5})
	}
	if holder.over() {
		e.fault("the one at work was gone before the others: %s", holder.wait())
	}
	holder.signal(os.Kill)
	holder.wait()
	e.unclean()
	e.cycles++
	return nil
}

func (e *experiment) many(n int, args func(int) []string) (all []*process, err error) {
	for i := range n {
		p, err := e.start(args(i)...)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
}

// winner waits until all but one have ended.
func (e *experiment) winner(all []*process, codes []int) (*process, error) {
	working := func() (left []*process) {
		for _, p := range all {
			if !p.over() {
				left = append(left, p)
			}
		}
		return left
	}
	if err := e.poll("all processes but one end", func() bool { return len(working()) <= 1 }); err != nil {
		return nil, err
	}
	left := working()
	for _, p := range all {
		if p.over() {
			e.refused(p.wait(), codes)
		}
	}
	if len(left) == 0 {
		e.fault("of %d processes none works", len(all))
		return nil, nil
	}
	return left[0], nil
}

func (e *experiment) refused(end ended, codes []int) {
	if !slices.Contains(codes, end.code) {
		e.fault("exit code not of %v: %s", codes, end)
	}
}

// holds asks who is at work.
func (e *experiment) holds(p *process) error {
	s, err := e.standing(e.run)
	if err != nil {
		return err
	}
	if pid := p.cmd.Process.Pid; s.Working != pid {
		e.fault("status names process %d as the one at work, it is %d", s.Working, pid)
	}
	return nil
}
