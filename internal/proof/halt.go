package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// halt stops commands at random instants as their operator may: by a file named
// STOP, and by --max-duration. They end as after an interrupt, with another exit
// code.
func halt(l *lab, o options) []*verdict {
	v := &verdict{name: "halt"}
	for round := 0; v.cycles < o.cycles && len(v.faults) == 0; round++ {
		s := mixed(o.users, []int{0, 2}[round%2]) // the small one would be over too soon
		s.workers = 4
		v.check(l.haltRun(v, s, o.cycles-v.cycles))
	}
	return []*verdict{v}
}

func (l *lab) haltRun(v *verdict, s setup, left int) error {
	e, err := l.experiment(v, s)
	if err != nil {
		return err
	}
	defer e.stop()
	e.halting = true
	for done := false; !done && len(v.faults) == 0; {
		end, err := e.haltOnce(left > 0)
		if err != nil {
			return err
		}
		e.clean(end)
		if done = end.code != stopped; !done {
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

// haltOnce goes on with the run until it is over or was stopped. What a run is
// given counts for its later commands too, so each is given a time of its own.
func (e *experiment) haltOnce(stop bool) (ended, error) {
	most, file := time.Hour, false
	if stop {
		if file = e.begun() && e.rng.IntN(2) == 0; !file {
			most = 50*time.Millisecond + e.upTo(time.Second)
		}
	}
	p, err := e.start(append(e.goOn(), "--max-duration", most.String())...)
	if err != nil || !file {
		if err != nil {
			return ended{}, err
		}
		return p.wait(), nil
	}
	path := filepath.Join(e.run, "STOP")
	p.waitFor(e.upTo(time.Second))
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return ended{}, err
	}
	end := p.wait()
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return end, err
	}
	return end, nil
}
