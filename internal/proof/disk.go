package main

import (
	"strings"
	"time"
)

// disk has the disk fail under the program, in every way that this machine
// can bring about for real.
func disk(l *lab, o options) (all []*verdict) {
	for _, a := range ailments {
		v := &verdict{name: "disk, " + a.name}
		all = append(all, v)
		d, why, err := a.disk(l)
		switch {
		case why != "":
			v.skip = why
		case v.check(err):
			v.check(l.diskRun(v, o, d))
		}
	}
	return all
}

// diskRun has the disk fail again and again under one run, and then under
// checks of all its users.
func (l *lab) diskRun(v *verdict, o options, d *ailing) error {
	if d.close != nil {
		defer d.close()
	}
	e, err := l.experiment(v, setup{
		users:   o.users,
		workers: 16,
		tenant:  []string{"--latency", "5ms", "--jitter", "5ms", "--settle", "1h", "--fault", refuses},
		flags:   []string{"--rate", "unlimited"},
	})
	if err != nil {
		return err
	}
	defer e.stop()
	if d.path != "" {
		e.place(d.path)
	}
	// A random instant may come too late.
	for (v.cycles < o.cycles || e.stops == 0 && v.cycles < 10*o.cycles) && len(v.faults) == 0 {
		if err := e.suffer(d); err != nil {
			return err
		}
	}
	e.note("%d times the command stopped, %d of them with all answers on record", e.stops, e.late)
	if e.stops == 0 {
		e.fault("the disk has never failed")
	}
	end, err := e.call(e.next()...)
	if err != nil {
		return err
	}
	e.clean(end)
	if err := e.tenant.close(); err != nil || len(v.faults) > 0 {
		return err
	}
	e.judgeSent()
	e.once(func(*row) int { return 1 })
	return nil
}

// next goes on with the run, or reads back what it did.
func (e *experiment) next() []string {
	if n := e.ledger.counts(); e.begun() && n["unsent"]+n["unknown"] == 0 {
		return []string{"check", e.run, "--all", "--quiet"}
	}
	return e.goOn()
}

// suffer starts one command on a disk that fails.
func (e *experiment) suffer(d *ailing) error {
	if d.before != nil {
		if err := d.before(e); err != nil {
			return err
		}
	}
	command := append([]string{e.offboard}, e.next()...)
	if d.wrap != nil {
		command = d.wrap(e, command)
	}
	p, err := e.launch(nil, command[0], command[1:]...)
	if err != nil {
		return err
	}
	if d.during != nil && !p.waitFor(e.upTo(time.Duration(e.roster.users())*time.Millisecond)) {
		if err := d.during(e, p); err != nil {
			p.cancel()
			p.wait()
			return err
		}
	}
	end := p.wait()
	if d.heal != nil {
		if err := d.heal(); err != nil {
			return err
		}
	}
	e.cycles++
	e.stopped(end, d.hint)
	return nil
}

// stopped is what must hold when a command has met a disk that fails: what was
// recorded stands, and who was in flight is unknown.
func (e *experiment) stopped(end ended, hint string) {
	if e.shut(end) {
		return
	}
	if end.code != exitStopped && end.code != interrupted && end.code != -1 {
		e.clean(end)
		return
	}
	if end.code == exitStopped {
		e.stops++
	}
	if _, said, _ := strings.Cut(end.stderr, "\nhint: "); end.code == exitStopped && !strings.Contains(said, hint) {
		e.fault("no hint with %q: %s", hint, end)
	}
	if !e.look() || !e.begun() {
		return
	}
	if n := e.ledger.dangling(); end.code == interrupted && n > 0 {
		e.fault("%d users are unknown after an interrupt: %s", n, end)
	}
	if end.code == exitStopped && e.ledger.ended != nil {
		e.late++
	}
	e.judgeStopped()
	e.judgeStatus()
}

// shut is a command that could not even open the record: it has added
// nothing to it.
func (e *experiment) shut(end ended) bool {
	if end.code != exitUsage || !strings.Contains(end.stderr, "operation not permitted") {
		return false
	}
	if before := e.record.lines; e.look() && e.record.lines != before {
		e.fault("a command that was refused has added to the record: %s", end)
	}
	e.judgeStatus()
	return true
}

const (
	exitUsage   = 2
	exitStopped = 6
)
