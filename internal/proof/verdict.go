package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// verdict is a line of the table.
type verdict struct {
	name    string
	cycles  int
	users   int
	lost    int            // recorded answers that are gone, users without a final outcome
	leftOut int            // users that the tenant never heard of
	twice   int            // requests beyond the recorded ones
	bound   int            // of twice
	views   int            // views that do not agree with the journal
	met     map[string]int // kills by what the program was at
	notes   []string
	faults  []string // everything that is wrong, in words
	skip    string   // why it cannot be shown here
}

const faultsShown = 20

func (v *verdict) good() bool {
	return v.lost == 0 && v.leftOut == 0 && v.views == 0 && v.twice <= v.bound && len(v.faults) == 0
}

func (v *verdict) fault(format string, args ...any) {
	v.faults = append(v.faults, fmt.Sprintf(format, args...))
}

func (v *verdict) check(err error) bool {
	if err != nil {
		v.fault("%v", err)
	}
	return err == nil
}

func (v *verdict) note(format string, args ...any) {
	v.notes = append(v.notes, fmt.Sprintf(format, args...))
}

func (v *verdict) word() string {
	switch {
	case v.skip != "":
		return "skipped"
	case v.good():
		return "good"
	}
	return "WRONG"
}

func printTable(out io.Writer, all []*verdict) {
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "case\tcycles\tusers\tlost\tleft out\tsent twice (bound)\twrong views\tverdict")
	for _, v := range all {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d (%d)\t%d\t%s\n",
			v.name, v.cycles, v.users, v.lost, v.leftOut, v.twice, v.bound, v.views, v.word())
	}
	w.Flush()
	for _, v := range all {
		if v.skip != "" {
			fmt.Fprintf(out, "%s: skipped: %s\n", v.name, v.skip)
		}
		for _, n := range v.notes {
			fmt.Fprintf(out, "%s: %s\n", v.name, n)
		}
		for i, f := range v.faults {
			if i == faultsShown {
				fmt.Fprintf(out, "%s: WRONG: and %d more\n", v.name, len(v.faults)-i)
				break
			}
			fmt.Fprintf(out, "%s: WRONG: %.1000s\n", v.name, strings.TrimSpace(f))
		}
	}
}
