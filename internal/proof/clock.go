package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// clock has the wall clock of the program jump by an hour, forth, back and
// back further, again and again, while a rate, pauses, time-outs and an outage
// are under way. A second run, alike but for its clock, tells how it would have
// ended.
func clock(l *lab, o options) (all []*verdict) {
	jumping, err := l.jumping()
	var work errgroup.Group // most of the time is spent waiting
	for _, c := range []struct{ mode, again string }{{"sync", "check --all"}, {"async", "retry"}} {
		v := &verdict{name: "clock " + c.mode}
		all = append(all, v)
		own, forked := l.fork()
		if !v.check(err) || !v.check(forked) {
			continue
		}
		work.Go(func() error {
			v.check(own.clockRun(v, o, jumping, c.mode, strings.Fields(c.again)))
			return nil
		})
	}
	_ = work.Wait() // the verdicts hold the errors
	return all
}

// clockRun makes a run with each clock, at the same time and of the same
// people.
func (l *lab) clockRun(v *verdict, o options, jumping, mode string, again []string) error {
	seed := l.rng.Uint64()
	still := &timed{verdict: &verdict{}, program: l.offboard}
	jumped := &timed{verdict: v, program: jumping}
	s, p := clockSetup(o, mode)
	var work errgroup.Group
	for _, t := range []*timed{still, jumped} {
		own, err := l.fork()
		if err != nil {
			return err
		}
		own.offboard, own.rng = t.program, rand.New(rand.NewPCG(seed, 0))
		work.Go(func() error { return own.timedRun(t, s, p, again) })
	}
	if err := work.Wait(); err != nil || len(v.faults) > 0 {
		return err
	}
	v.faults = still.faults
	jumped.judgeAgainst(still)
	return nil
}

// clockSetup has everything happen that has to do with time: first a pause
// until a date, then, after a while, an outage.
func clockSetup(o options, mode string) (setup, pace) {
	step := time.Duration(o.seconds) * time.Second
	p := pace{rate: max(10, o.users/o.seconds), burst: 30}
	s := setup{
		users:   o.users,
		workers: 16,
		tenant: []string{
			"--latency", "5ms", "--settle", "1h", "--fault", refuses,
			"--fault", `share=3% http=503 times=1 retry-after="` + time.Now().Add(step).UTC().Format(http.TimeFormat) + `"`,
			"--fault", "user=user000042 http=429 times=1 retry-after=1",
			"--fault", "share=2% times=1 delay=2s",
			"--down", fmt.Sprintf("%s-%s=503", 2*step, 3*step),
		},
		flags: append(p.flags(), "--timeout", "1s", "--outage", "30s", "--max-attempts", "20"),
	}
	if mode == "async" {
		s.flags = append(s.flags, "--async")
	}
	return s, p
}

// timed is a run by one clock.
type timed struct {
	*verdict
	program string
	e       *experiment
	took    time.Duration
}

func (l *lab) timedRun(t *timed, s setup, p pace, again []string) error {
	e, err := l.experiment(t.verdict, s)
	if err != nil {
		return err
	}
	defer e.stop()
	t.e = e
	for _, command := range [][]string{e.goOn(), append([]string{again[0], e.run, "--quiet"}, again[1:]...)} {
		end, err := e.call(command...)
		if err != nil {
			return err
		}
		e.clean(end)
		t.took += end.took
	}
	if err := e.tenant.close(); err != nil || len(t.faults) > 0 {
		return err
	}
	e.judgeSent()
	e.once(func(r *row) int { return 1 + r.withdrawn() + r.pendings() })
	all, err := readAccess(e.tenant.log)
	e.judgeWindow(p, byTime(all))
	return err
}

// pendings are the answers by which the user was sent again.
func (r *row) pendings() (n int) {
	for _, l := range r.answers {
		if l.Outcome == "pending" {
			n++
		}
	}
	return n
}

// judgeAgainst finds the same outcomes as by a still clock, and in about the
// same time: an hour that a clock has gained or lost is waited for nowhere.
func (t *timed) judgeAgainst(still *timed) {
	for i, r := range t.e.ledger.rows {
		if other := still.e.ledger.rows[i].standing; r.standing != other {
			t.fault("row %d ends as %s, and as %s by a still clock", i+1, r.standing, other)
		}
	}
	t.cycles += int(t.took / jumpEvery)
	jumps := t.e.jumps()
	t.note("%s, %s by a still clock; %d times the record jumps", t.took.Round(time.Second/10), still.took.Round(time.Second/10), jumps)
	if jumps == 0 {
		t.fault("the clock has not jumped")
	}
	if t.took > still.took+30*time.Second {
		t.fault("took %s, and %s by a still clock", t.took, still.took)
	}
}

// jumps are the answers whose time is far from that of the answer before.
func (e *experiment) jumps() (n int) {
	for i, at := range e.ledger.times {
		if i > 0 && at.Sub(e.ledger.times[i-1]).Abs() > 30*time.Minute {
			n++
		}
	}
	return n
}
