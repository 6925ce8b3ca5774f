package main

import (
	"fmt"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"
)

// start measures what a small run waits for, and what a slow one costs.
func start(l *lab, o options) []*verdict {
	v := &verdict{name: "start", cycles: o.cycles}
	v.check(l.startRuns(v, o))
	return []*verdict{v}
}

func (l *lab) startRuns(v *verdict, o options) error {
	dir, err := l.folder()
	if err != nil {
		return err
	}
	long := 10 * o.seconds
	t, err := l.logged(dir, max(o.users, long))
	if err != nil {
		return err
	}
	defer t.stop()
	waits, err := l.waits(v, dir, t, o)
	if err != nil {
		return err
	}
	slow, err := l.atDefaultRate(v, dir, "slow", t, long)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(l.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "figure\tmedian (least-most)\taim\t")
	fmt.Fprintf(w, "start to first request, %d users\t%s ms\t< 50 ms\t\n", o.users, waits.show("%.1f"))
	fmt.Fprintf(w, "CPU at 10/s for %.1f s\t%.2f %%\t< 1 %%\t\n", slow.took.Seconds(), 100*slow.cpu.Seconds()/slow.took.Seconds())
	w.Flush()
	return t.close()
}

// waits are the milliseconds from the start of a process to the arrival of its
// first request, by round.
func (l *lab) waits(v *verdict, dir string, t *tenant, o options) (waits spread, err error) {
	for round := range o.cycles {
		end, err := l.atDefaultRate(v, dir, strconv.Itoa(round), t, o.users)
		if err != nil {
			return nil, err
		}
		before := round * o.users
		var all []access
		err = l.poll("the tenant's log", func() bool {
			all, err = readAccess(t.log)
			return err == nil && len(all) >= before+o.users
		})
		if err != nil {
			return nil, err
		}
		waits = append(waits, float64(all[before].Time.Sub(end.began))/float64(time.Millisecond))
	}
	return waits, nil
}

// atDefaultRate makes a run at the default rate, which is 10/s.
func (l *lab) atDefaultRate(v *verdict, dir, name string, t *tenant, users int) (ended, error) {
	roster, run := filepath.Join(dir, name+".csv"), filepath.Join(dir, name)
	if err := longRoster(roster, users); err != nil {
		return ended{}, err
	}
	end, err := l.must("run", roster, "--dir", run, "--base-url", t.url, "--yes", "--quiet")
	if err != nil {
		return end, err
	}
	v.users += users
	return end, l.allDone(v, run, users)
}
