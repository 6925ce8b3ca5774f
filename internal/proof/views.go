package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

var viewNames = []string{"results.csv", "pending.csv", "failed.csv", "summary.json"}

// judgeView compares a view with what the journal says. After a kill it may
// also be the one from before.
func (e *experiment) judgeView(name string, killed bool) {
	now, err := os.ReadFile(filepath.Join(e.run, name))
	if err != nil && !(killed && errors.Is(err, fs.ErrNotExist)) {
		e.views++
		e.check(err)
		return
	}
	before, had := e.seen[name]
	if killed && had == (err == nil) && bytes.Equal(now, before) {
		return
	}
	if err := e.agree(name, now); err != nil {
		e.views++
		e.fault("%s (killed: %v): %v", name, killed, err)
	}
	e.seen[name] = now
}

// judgeRest finds that nothing half made is left in the run's folder.
func (e *experiment) judgeRest() {
	entries, err := os.ReadDir(e.run)
	e.check(err)
	for _, f := range entries {
		if strings.HasSuffix(f.Name(), ".new") {
			e.fault("%s is left behind", f.Name())
		}
	}
}

func (e *experiment) agree(name string, got []byte) error {
	if name == "summary.json" {
		return e.agreeSummary(got)
	}
	rows, err := e.roster.parse(got)
	if err != nil {
		return err
	}
	switch name {
	case "results.csv":
		return same(rows, e.ledger.results(e.roster))
	case "pending.csv":
		return same(rows, e.ledger.pending(e.roster))
	}
	return e.agreeFailed(rows)
}

// parse reads a CSV in the roster's dialect.
func (r *roster) parse(b []byte) ([][]string, error) {
	rest, ok := bytes.CutPrefix(b, []byte(r.bom))
	if !ok {
		return nil, errors.New("the BOM is missing")
	}
	in := csv.NewReader(bytes.NewReader(rest))
	in.Comma = r.comma
	return in.ReadAll()
}

func same(got, want [][]string) error {
	for i := range min(len(got), len(want)) {
		if !slices.Equal(got[i], want[i]) {
			return fmt.Errorf("record %d is %q, want %q", i, got[i], want[i])
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d records, want %d", len(got), len(want))
	}
	return nil
}

// agreeFailed leaves the words of an error to the program, but for the
// tenant's own in them.
func (e *experiment) agreeFailed(got [][]string) error {
	want := e.ledger.failed(e.roster)
	for i := range min(len(got), len(want)) {
		last := len(want[i]) - 1
		if len(got[i]) != len(want[i]) {
			continue
		}
		for said := range strings.SplitSeq(want[i][last], "\n") {
			if !strings.Contains(got[i][last], said) {
				return fmt.Errorf("record %d: the error %q does not hold %q", i, got[i][last], said)
			}
		}
		want[i][last] = got[i][last]
	}
	return same(got, want)
}
