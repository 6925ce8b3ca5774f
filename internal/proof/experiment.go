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
	lossy   bool // an attempt may have ended before it reached the tenant
	stops   int  // commands that a disk has stopped
	late    int  // of them those that had their end on record
}

// setup is what an experiment begins with.
type setup struct {
	users   int
	workers int
	tenant  []string
	flags   []string // of `offboard run`
}

func (l *lab) experiment(v *verdict, s setup) (*experiment, error) {
	dir, err := l.folder()
	if err != nil {
		return nil, err
	}
	e := &experiment{lab: l, verdict: v, flags: s.flags, workers: s.workers, seen: make(map[string][]byte)}
	e.place(filepath.Join(dir, "run"))
	if e.roster, err = makeRoster(filepath.Join(dir, "roster.csv"), s.users, l.rng); err != nil {
		return nil, err
	}
	if e.tenant, err = l.logged(dir, s.users, s.tenant...); err != nil {
		return nil, err
	}
	e.users += e.roster.users()
	return e, nil
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
	if e.begun() {
		return []string{"resume", e.run, "--quiet"}
	}
	return append([]string{
		"run", e.roster.path, "--dir", e.run, "--base-url", e.tenant.url, "--yes", "--quiet",
		"--concurrency", strconv.Itoa(e.workers),
	}, e.flags...)
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
	return e.check(err)
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
		if end.code != interrupted && end.code != -1 {
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

const interrupted = 130

func (e *experiment) judgeEnd(end ended) {
	want := e.ledger.exitCode()
	if end.code == interrupted {
		want = interrupted
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
	if n := e.ledger.counts(); end.code != interrupted && n["unsent"]+n["unknown"] > 0 {
		e.lost += n["unsent"] + n["unknown"]
		e.fault("finished, with %d unsent and %d unknown users", n["unsent"], n["unknown"])
	}
}

// stop ends the tenant on the way out.
func (e *experiment) stop() { e.tenant.stop() }
