package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// kill is SIGKILL at random instants: of the check of the roster, of the
// sending, of the views. A tenth of the kills meet small runs that have only
// begun, since a large one is killed once and resumed from then on.
func kill(l *lab, o options) []*verdict {
	return inBothModes("kill", o, func(v *verdict, s setup, left int) error {
		if v.cycles < o.cycles/10 {
			s.users, left = max(100, s.users/40), 1
		}
		return l.killRun(v, s, left)
	})
}

// inBothModes begins runs, each disturbed up to left times, until there were as
// many disturbances as asked for: once synchronously, once asynchronously.
func inBothModes(name string, o options, run func(v *verdict, s setup, left int) error) (all []*verdict) {
	for _, mode := range []string{"sync", "async"} {
		v := &verdict{name: name + " " + mode}
		s := setup{
			users:   o.users,
			workers: 16,
			tenant:  []string{"--latency", "10ms", "--jitter", "10ms", "--settle", "1h", "--fault", refuses},
			flags:   []string{"--rate", "unlimited"},
		}
		if mode == "async" {
			s.flags = append(s.flags, "--async")
		}
		for v.cycles < o.cycles && len(v.faults) == 0 {
			v.check(run(v, s, o.cycles-v.cycles))
		}
		v.noteMet()
		all = append(all, v)
	}
	return all
}

// noteMet says what the kills have met.
func (v *verdict) noteMet() {
	var said []string
	for _, what := range slices.Sorted(maps.Keys(v.met)) {
		said = append(said, fmt.Sprintf("%s %d", what, v.met[what]))
	}
	if len(said) > 0 {
		v.note("killed %s", strings.Join(said, ", "))
	}
}

// refuses makes some users failed.
const refuses = `share=1% platform=training status=403 message="may not"`

// killRun kills one run again and again, until it ends or the kills are used
// up, and lets it finish.
func (l *lab) killRun(v *verdict, s setup, kills int) error {
	e, err := l.experiment(v, s)
	if err != nil {
		return err
	}
	defer e.stop()
	k := killer{e: e, left: kills, plan: kills, users: e.roster.users() + e.roster.known()}
	spared := 0
	if e.planned {
		spared = kills / 2 // for what comes after the plan
	}
	k.left -= spared
	if err := k.work(func() bool { return !e.planned || e.ledger.sealed != nil }); err != nil {
		return err
	}
	k.left += spared
	if err := k.work(func() bool { return e.ledger.sending }); err != nil || len(v.faults) > 0 {
		return err
	}
	if err := e.tenant.close(); err != nil {
		return err
	}
	e.judgeSent()
	e.once(func(*row) int { return 1 })
	return nil
}

// killer spreads its kills over the work.
type killer struct {
	e      *experiment
	left   int
	plan   int           // kills for this work
	users  int           // to be settled by it
	before int           // settled before it
	window time.Duration // a kill comes within it
	again  bool          // the work begins anew each time
}

// work finishes one command after the other, until it is over.
func (k *killer) work(over func() bool) error {
	for !over() && len(k.e.faults) == 0 {
		if err := k.finish(k.e.goOn); err != nil {
			return err
		}
	}
	return nil
}

// finish starts the command until it ends by itself with its work done.
func (k *killer) finish(command func() []string) error {
	k.window = 200 * time.Millisecond
	if k.again {
		k.window = time.Duration(k.users) * time.Millisecond
	}
	for len(k.e.faults) == 0 {
		p, err := k.e.start(command()...)
		if err != nil {
			return err
		}
		if k.left > 0 {
			k.disturb(p)
		}
		switch end := p.wait(); {
		case end.code == -1 && k.left > 0:
			k.left--
			k.e.cycles++
			k.e.unclean()
			k.e.struck(p)
			k.adapt()
		case end.code == interrupted:
			k.e.clean(end)
		default:
			k.e.clean(end)
			if !k.again || k.left == 0 {
				return nil
			}
		}
	}
	return nil
}

// disturb kills at a random instant. Every third time it interrupts first, so
// that the kill meets the end of the work, or the views.
func (k *killer) disturb(p *process) {
	if k.e.looks && k.e.ledger.sealed == nil && k.e.rng.IntN(6) == 0 {
		k.atSeal(p)
		return
	}
	if p.waitFor(k.e.upTo(k.window)) {
		return
	}
	switch k.e.rng.IntN(6) {
	case 0:
		p.signal(os.Interrupt)
		if p.waitFor(k.e.upTo(300 * time.Millisecond)) {
			return
		}
	case 1:
		p.signal(os.Interrupt)
		for !k.e.viewing(p) && !p.over() {
			time.Sleep(100 * time.Microsecond)
		}
		// A view is written at some 100,000 users a second.
		if p.waitFor(k.e.upTo(time.Duration(k.e.roster.users()) * 10 * time.Microsecond)) {
			return
		}
	}
	p.signal(os.Kill)
}

// atSeal kills when a plan is written, or shortly after.
func (k *killer) atSeal(p *process) {
	for !k.e.viewing(p) && !p.over() {
		time.Sleep(100 * time.Microsecond)
	}
	if !p.waitFor(k.e.upTo(5 * time.Millisecond)) {
		p.signal(os.Kill)
	}
}

// viewing reports whether p has views half written: an earlier process may
// have left some behind, too.
func (e *experiment) viewing(p *process) bool {
	half, _ := filepath.Glob(filepath.Join(e.run, ".*.new"))
	return e.begun() && slices.ContainsFunc(half, func(name string) bool {
		info, err := os.Stat(name)
		return err == nil && info.ModTime().After(p.began)
	})
}

// struck notes what the kill has met.
func (e *experiment) struck(p *process) {
	if e.met == nil {
		e.met = make(map[string]int)
	}
	switch {
	case !e.begun() || e.ledger.command == "":
		e.met["before the run began"]++
	case e.viewing(p):
		e.met["while "+e.ledger.command+" wrote the views"]++
	case e.looks:
		e.met["in the "+e.ledger.action+" of "+e.ledger.command]++
	default:
		e.met["in "+e.ledger.command]++
	}
}

// adapt keeps the work and the kills in step. When all is sent, only the views
// are left, and a few kills may meet them.
func (k *killer) adapt() {
	settled := k.e.ledger.settled(k.e.ledger.command == "retry") + k.e.ledger.seen() - k.before
	ahead := settled*k.plan > (k.plan-k.left)*k.users
	switch {
	case k.again:
	case settled >= k.users:
		k.window = time.Second
	case !k.e.begun():
		k.window = 100 * time.Millisecond
	case ahead:
		k.window = max(30*time.Millisecond, k.window*8/10)
	default:
		k.window = min(5*time.Second, k.window*12/10)
	}
}
