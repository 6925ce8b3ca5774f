package main

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
)

const (
	pageSize   = 500 // the most that the tenant's list tells at once
	planMemory = 128 // MB that a plan may take
)

// planning plans a large roster at a tenant of three times as many people.
func planning(l *lab, o options) []*verdict {
	v := &verdict{name: "plan", users: o.users}
	v.check(l.planRun(v, o.users))
	return []*verdict{v}
}

func (l *lab) planRun(v *verdict, users int) error {
	dir, err := l.folder()
	if err != nil {
		return err
	}
	people := 3 * users
	t, err := l.logged(dir, people)
	if err != nil {
		return err
	}
	defer t.stop()
	roster, run := filepath.Join(dir, "roster.csv"), filepath.Join(dir, "run")
	if err := longRoster(roster, users); err != nil {
		return err
	}
	end, err := l.must("plan", roster, "--dir", run, "--base-url", t.url, "--no-lookup=false", "--quiet", "--rate", "unlimited")
	if err != nil {
		return err
	}
	if err := t.close(); err != nil {
		return err
	}
	calls, err := listCalls(v, t.log)
	if err != nil {
		return err
	}
	most := (people+pageSize-1)/pageSize + 1
	v.note("%d people, %d list calls (at most %d), %.1f s, %.0f MB (at most %d)", people, calls, most, end.took.Seconds(), megabytes(end.peak), planMemory)
	if calls > most {
		v.fault("%d list calls, and %d are enough", calls, most)
	}
	if megabytes(end.peak) > planMemory {
		v.fault("%.0f MB at the peak", megabytes(end.peak))
	}
	planned, err := plannedUsers(v, filepath.Join(run, "plan.csv"))
	v.lost += users - planned
	return err
}

// listCalls counts them, and notes whoever was asked for by name.
func listCalls(v *verdict, log string) (calls int, err error) {
	err = eachAccess(log, func(a access) {
		if a.Action == "list" {
			calls++
		} else {
			v.fault("%s %s of %s", a.Method, a.Action, a.User)
		}
	})
	return calls, err
}

// plannedUsers counts the rows of a plan that are to be deactivated, each as the
// person whom the roster names.
func plannedUsers(v *verdict, path string) (n int, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	in := csv.NewReader(f)
	header, err := in.Read()
	if err != nil {
		return 0, err
	}
	verdict, username := slices.Index(header, "verdict"), slices.Index(header, "username")
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		if record[verdict] == "deactivate" && slices.Contains(record[:verdict], record[username]) {
			n++
		} else {
			v.fault("planned: %q", record)
		}
	}
}
