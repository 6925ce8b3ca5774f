package main

import (
	"os"
	"syscall"
	"time"
)

// interrupt sends SIGINT or SIGTERM at random instants. Whoever was sent has
// an answer on record when the program has ended, so nobody is sent twice.
func interrupt(l *lab, o options) []*verdict { return inBothModes("interrupt", o, l.interruptRun) }

func (l *lab) interruptRun(v *verdict, s setup, left int) error {
	e, err := l.experiment(v, s)
	if err != nil {
		return err
	}
	defer e.stop()
	// As long as the whole work would take, shared among the cycles.
	window := max(150*time.Millisecond, time.Duration(2*s.users/left)*time.Millisecond)
	for done := false; !done && len(v.faults) == 0; {
		p, err := e.start(e.goOn()...)
		if err != nil {
			return err
		}
		if left > 0 && !p.waitFor(l.upTo(window)) {
			p.signal([]os.Signal{os.Interrupt, syscall.SIGTERM}[l.rng.IntN(2)])
		}
		end := p.wait()
		done = e.interrupted(end)
		if !done {
			left--
			v.cycles++
		}
	}
	if err := e.tenant.close(); err != nil || len(v.faults) > 0 {
		return err
	}
	e.judgeSent()
	e.once(func(*row) int { return 1 })
	return nil
}

// interrupted judges an end, and returns whether it is that of the run. A
// signal that comes before the program listens kills it before it has done
// anything.
func (e *experiment) interrupted(end ended) bool {
	lines := e.record.lines
	e.clean(end)
	if end.code == -1 && e.record.lines > lines {
		e.fault("killed by the signal at work: %s", end)
	}
	return end.code != interrupted && end.code != -1
}
