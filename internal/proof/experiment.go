package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// experiment is one run at one tenant, and the judge's own notes about it.
type experiment struct {
	*lab
	*verdict
	run     string // the run's folder
	flags   []string
	roster  *roster
	tenant  *tenant
	record  record
	ledger  ledger
	seen    map[string][]byte // the views when last looked at
	workers int
	lossy   bool     // an attempt may have ended before it reached the tenant
	stops   int      // commands that a disk has stopped
	late    int      // of them those that had their end on record
	looks   bool     // everybody is looked up first
	planned bool     // by plan and apply, not by run
	apply   []string // flags of `offboard apply`
	strike  int      // row to be struck from the plan, once it is sealed; 0: none
	halting bool     // commands may be stopped early by their own settings
}

// setup is what an experiment begins with.
type setup struct {
	users   int
	workers int
	tenant  []string
	flags   []string // of `offboard run`
	looks   bool     // everybody is looked up first
	planned bool     // by plan and apply, not by run
	apply   []string // flags of `offboard apply`
}

func (l *lab) experiment(v *verdict, s setup) (*experiment, error) {
	dir, err := l.folder()
	if err != nil {
		return nil, err
	}
	e := &experiment{lab: l, verdict: v, flags: s.flags, workers: s.workers, seen: make(map[string][]byte)}
	e.looks, e.planned, e.apply = s.looks, s.planned, s.apply
	e.place(filepath.Join(dir, "run"))
	if err := e.populate(dir, s); err != nil {
		return nil, err
	}
	e.users += e.roster.users()
	return e, nil
}

// populate makes the roster and starts the tenant.
func (e *experiment) populate(dir string, s setup) (err error) {
	path := filepath.Join(dir, "roster.csv")
	if !s.looks {
		if e.roster, err = makeRoster(path, s.users, e.rng); err == nil {
			e.tenant, err = e.logged(dir, s.users, s.tenant...)
		}
		return err
	}
	people := filepath.Join(dir, "people.csv")
	if e.roster, err = makeMixedRoster(path, people, s.users, e.rng); err == nil {
		e.tenant, err = e.logged(dir, 0, append([]string{"--people", people}, s.tenant...)...)
	}
	if s.planned {
		e.strike = e.roster.somebody(e.rng)
	}
	return err
}

// place says where the run's folder is.
func (e *experiment) place(run string) {
	e.run = run
	e.record.path = journalOf(run)
}

// begun reports whether the run exists.
func (e *experiment) begun() bool {
	_, err := os.Stat(e.record.path)
	return !errors.Is(err, fs.ErrNotExist)
}

// goOn is the command that goes on with the run, or begins it.
func (e *experiment) goOn() []string {
	switch {
	case e.planned && !e.ledger.sending:
		return e.goOnPlan()
	case e.begun():
		return []string{"resume", e.run, "--quiet"}
	}
	return append(e.create("run"), "--yes")
}

// create is a command that makes the run.
func (e *experiment) create(command string) []string {
	args := []string{command, e.roster.path, "--dir", e.run, "--base-url", e.tenant.url, "--quiet", "--concurrency", strconv.Itoa(e.workers)}
	if e.looks {
		args = append(args, "--no-lookup=false")
	}
	return append(args, e.flags...)
}

// look reads what is new in the journal.
func (e *experiment) look() bool {
	if !e.begun() {
		return e.record.lines == 0 || e.check(errors.New("the journal is gone"))
	}
	lines, err := e.record.follow()
	for _, l := range lines {
		if err == nil {
			err = e.ledger.add(l)
		}
	}
	if err != nil {
		e.lost++
	}
	if !e.check(err) {
		return false
	}
	e.judgePlan()
	return true
}

// unclean is what must hold when the program was killed.
func (e *experiment) unclean() {
	if !e.look() || !e.begun() {
		return
	}
	e.judgeStopped()
	if e.rng.IntN(4) == 0 {
		e.check(e.record.tear(e.rng.IntN(1000)))
	}
	e.judgeStatus()
}

// judgeStopped finds that a command has left no more users unknown than were in
// flight, and that each view is whole: the one from before, or the new one.
func (e *experiment) judgeStopped() {
	if n := e.ledger.dangling(); n > e.workers {
		e.fault("%d users are unknown by this command, more than %d workers", n, e.workers)
	}
	for _, name := range viewNames {
		e.judgeView(name, true)
	}
}

// clean is what must hold when a command has ended by itself, or by a signal
// before it was ready for one.
func (e *experiment) clean(end ended) {
	if !e.look() {
		return
	}
	if !e.begun() {
		if end.code != interrupted && end.code != -1 && !e.halted(end) {
			e.fault("the run did not begin: %s", end)
		}
		return
	}
	if end.code != -1 {
		e.judgeEnd(end)
	}
	for _, name := range viewNames {
		e.judgeView(name, end.code == -1)
	}
	if end.code != -1 {
		e.judgeRest()
	}
	e.judgeStatus()
}

const (
	interrupted = 130
	stopped     = 6
)

// halted reports whether a command was stopped by what it was told.
func (e *experiment) halted(end ended) bool { return e.halting && end.code == stopped }

func (e *experiment) judgeEnd(end ended) {
	want := e.ledger.exitCode()
	early := end.code == interrupted || e.halted(end)
	if early {
		want = end.code
	}
	switch got := e.ledger.ended; {
	case got == nil:
		e.fault("no end on record: %s", end)
	case end.code != want || got.End.ExitCode != want:
		e.fault("exit code %d on record, want %d: %s", got.End.ExitCode, want, end)
	}
	if n := e.ledger.dangling(); n > 0 {
		e.fault("%d users were sent by a command that has ended, without an answer on record", n)
	}
	if n := e.ledger.counts(); !early && e.ledger.command != "plan" && n["unsent"]+n["unknown"] > 0 {
		e.lost += n["unsent"] + n["unknown"]
		e.fault("finished, with %d unsent and %d unknown users", n["unsent"], n["unknown"])
	}
}

// stop ends the tenant on the way out.
func (e *experiment) stop() { e.tenant.stop() }
