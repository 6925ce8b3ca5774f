package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// scale measures a large run, and a tenth of it.
func scale(l *lab, o options) []*verdict {
	v := &verdict{name: "scale"}
	var sizes []*size
	for _, n := range []int{max(1, o.users/10), o.users} {
		s, err := l.size(v, n)
		if !v.check(err) {
			return []*verdict{v}
		}
		sizes = append(sizes, s)
	}
	printSizes(l.out, sizes[0], sizes[1])
	return []*verdict{v}
}

// size is what a run of so many users has taken.
type size struct {
	users    int
	run      ended
	stage    stage
	lines    int64 // of the views
	journal  int64 // bytes
	status   ended
	finished ended // the resume of a run that has nobody left
	killed   ended // the resume of one that was cut off near its end
	open     int   // users that it found
	first    time.Duration
}

// size makes one run and asks all commands about it.
func (l *lab) size(v *verdict, users int) (*size, error) {
	dir, err := l.folder()
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // it takes more than 1 KB a user
	s := &size{users: users}
	roster, run := filepath.Join(dir, "roster.csv"), filepath.Join(dir, "run")
	if err := longRoster(roster, users); err != nil {
		return nil, err
	}
	t, err := l.tenant(dir, users)
	if err != nil {
		return nil, err
	}
	defer t.stop()
	s.run, err = l.must("run", roster, "--dir", run, "--base-url", t.url, "--yes", "--quiet", "--rate", "unlimited", "--concurrency", connections)
	if err != nil {
		return nil, err
	}
	v.users += users
	if err := s.look(l, run); err != nil {
		return nil, err
	}
	if err := l.allDone(v, run, users); err != nil {
		return nil, err
	}
	if err := t.close(); err != nil {
		return nil, err
	}
	return s, s.goOn(l, v, dir, t.url)
}

// look has the other commands read the finished run.
func (s *size) look(l *lab, run string) (err error) {
	if s.stage, err = readStage(journalOf(run), s.run); err != nil {
		return err
	}
	info, err := os.Stat(journalOf(run))
	if err != nil {
		return err
	}
	s.journal = info.Size()
	if s.lines, err = countLines(run); err != nil {
		return err
	}
	if s.status, err = l.must("status", run, "--json"); err != nil {
		return err
	}
	s.finished, err = l.must("resume", run, "--quiet")
	return err
}

// goOn resumes the run from before its end. The tenant is a new one at the
// same address, whose log tells when it was first asked.
func (s *size) goOn(l *lab, v *verdict, dir, url string) error {
	run := filepath.Join(dir, "run")
	if err := s.cut(l, run); err != nil {
		return err
	}
	t, err := l.logged(dir, s.users, "--listen", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return err
	}
	defer t.stop()
	if s.killed, err = l.must("resume", run, "--quiet"); err != nil {
		return err
	}
	if err := t.close(); err != nil {
		return err
	}
	asked, err := readAccess(t.log)
	if err != nil {
		return err
	}
	if len(asked) != s.open || s.open == 0 {
		return fmt.Errorf("%d requests for %d users who were left", len(asked), s.open)
	}
	s.first = asked[0].Time.Sub(s.killed.began)
	return l.allDone(v, run, s.users)
}

// cut leaves what a kill near the end would have: the journal's first part,
// its last line torn, and no views.
func (s *size) cut(l *lab, run string) error {
	if err := os.Truncate(journalOf(run), s.journal*99/100); err != nil {
		return err
	}
	for _, name := range viewNames {
		if err := os.Remove(filepath.Join(run, name)); err != nil {
			return err
		}
	}
	left, err := l.standing(run)
	s.open = left.Users["unsent"] + left.Users["unknown"]
	return err
}

// allDone notes who is lost.
func (l *lab) allDone(v *verdict, run string, users int) error {
	s, err := l.standing(run)
	v.lost += users - s.Users["done"]
	return err
}

// must run and end well.
func (l *lab) must(args ...string) (ended, error) {
	end, err := l.call(args...)
	if err == nil && end.code != 0 {
		err = fmt.Errorf("%s: %s", args[0], end)
	}
	return end, err
}
