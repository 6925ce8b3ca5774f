package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// printSummary is the closing word of a command on a run.
func (a *app) printSummary(s results.Summary, b job, dir *rundir.Dir, took time.Duration) error {
	if a.json {
		return writeJSON(a.Stdout, s)
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	head(w, s, dir.Path())
	fmt.Fprintf(w, "time\t%s\n", took.Round(100*time.Millisecond))
	users(w, s.Users, s.Input.Rows)
	if b.action == journal.ActionCheck {
		checks(w, s.Check)
	}
	platforms(w, s.Platforms)
	for _, line := range next(s, b, dir.Path()) {
		fmt.Fprintf(w, "next\t%s\n", line)
	}
	return w.Flush()
}

func writeJSON(w io.Writer, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

func head(w io.Writer, s results.Summary, path string) {
	tenant := s.Tenant
	if s.Simulated {
		tenant = "SIMULATED: nobody real was touched"
	}
	fmt.Fprintf(w, "run\t%s\ntenant\t%s\n", path, tenant)
}

// users prints a line for each outcome, those with nobody in them left out.
func users(w io.Writer, u results.Users, rows int) {
	fmt.Fprintf(w, "rows\t%s\n", number(rows))
	for _, c := range []struct {
		name string
		n    int
		what string
	}{
		{"done", u.Done, "off on every platform"},
		{"pending", u.Pending, "accepted, not confirmed by every platform"},
		{"failed", u.Failed, "see " + rundir.Failed},
		{"skipped", u.Skipped, "see " + rundir.Results},
		{"unsent", u.Unsent, "not sent yet"},
		{"unknown", u.Unknown, "sent, no answer on record"},
	} {
		if c.n > 0 {
			fmt.Fprintf(w, "  %s\t%s\t%s\n", c.name, number(c.n), c.what)
		}
	}
}

func checks(w io.Writer, c *results.Check) {
	if c == nil {
		fmt.Fprintf(w, "checked\t0\n")
		return
	}
	fmt.Fprintf(w, "checked\t%s\n", number(c.Off+c.On+c.Missing+c.Failed))
	fmt.Fprintf(w, "  off\t%s\n  on\t%s\n  missing\t%s\n  failed\t%s\n", number(c.Off), number(c.On), number(c.Missing), number(c.Failed))
}

func platforms(w io.Writer, all map[string]results.Platform) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(w, "platforms\tdone\tpending\tfailed\n")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		p := all[name]
		fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", harmless(name), number(p.Done), number(p.Pending), number(p.Failed))
	}
}

// next is what the operator should do now.
func next(s results.Summary, b job, path string) []string {
	u := s.Users
	var lines []string
	if u.Unsent+u.Unknown > 0 {
		lines = append(lines, command("resume", path)+"   sends the rest")
	}
	if u.Pending > 0 {
		lines = append(lines, command("retry", path)+"   asks every platform for its final word")
	}
	if u.Failed > 0 {
		lines = append(lines, command("retry", path)+" --failed   sends the failed ones again")
	}
	if len(lines) == 0 && b.action != journal.ActionCheck {
		lines = append(lines, "nothing is left to do; "+command("check", path)+" --all   reads everybody back")
	}
	return lines
}

// harmless keeps a server's text from giving orders to a terminal.
func harmless(s string) string { return strings.Trim(strconv.QuoteToGraphic(s), `"`) }

func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(n) + " " + what + "s"
}
