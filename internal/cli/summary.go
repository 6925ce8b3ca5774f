package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/prose"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// printSummary is the closing word of a command on a run. Like everything that
// goes to stdout it may fail; Main looks at that in the end.
func (a *app) printSummary(s results.Summary, state *journal.State, b job, dir *rundir.Dir, took time.Duration) {
	if a.json {
		a.printJSON(s)
		return
	}
	var p page
	p.head(s, dir.Path())
	if took > 0 {
		p.line("time", legible(took))
	} else {
		p.line("sent", "nothing: nobody is left to "+b.command)
	}
	p.users(s.Users, s.Input.Rows, false)
	p.unseen(s)
	p.undo(s.Undo)
	if b.action == journal.ActionCheck {
		p.checks(s.Check, state)
	}
	p.platforms(s.Platforms)
	p.next(state, b, dir.Path())
	p.WriteTo(a.Stdout)
}

func (a *app) printJSON(v any) {
	e := json.NewEncoder(a.Stdout)
	e.SetIndent("", "  ")
	e.Encode(v)
}

// page is text in two columns: what, and how much or which.
type page struct{ bytes.Buffer }

const labelWidth = 12

func (p *page) line(what string, value any) {
	fmt.Fprintf(p, "%-*s %v\n", labelWidth, what, value)
}

func (p *page) count(what string, n int, remark string) {
	width := 10 - max(0, len("  "+what)-labelWidth)
	p.line("  "+what, strings.TrimRight(fmt.Sprintf("%*s  %s", width, number(n), remark), " "))
}

func (p *page) head(s results.Summary, path string) {
	p.line("run", path)
	p.line("tenant", tenantName(s.Tenant, s.Simulated))
}

// users prints a line for each outcome, those with nobody in them left out.
// What is unknown of a run that has died is in flight in one at work.
func (p *page) users(u results.Users, rows int, working bool) {
	unknown, remark := "unknown", "sent, no answer on record"
	if working {
		unknown, remark = "in flight", "no answer yet"
	}
	p.line("rows", fmt.Sprintf("%10s", number(rows)))
	for _, c := range []struct {
		name   string
		n      int
		remark string
	}{
		{"done", u.Done, "confirmed by every platform that answered"},
		{"pending", u.Pending, "accepted, not confirmed by every platform"},
		{"failed", u.Failed, "see " + rundir.Failed},
		{"skipped", u.Skipped, "see " + rundir.Results},
		{"unsent", u.Unsent, "not sent yet"},
		{unknown, u.Unknown, remark},
	} {
		if c.n > 0 {
			p.count(c.name, c.n, c.remark)
		}
	}
}

// unseen says what it costs not to look.
func (p *page) unseen(s results.Summary) {
	if s.Unseen > 0 {
		p.line("unseen", fmt.Sprintf("%10s  sent without a look: administrators were not spared, and who was active before is not known", number(s.Unseen)))
	}
}

func (p *page) undo(u *results.Undo) {
	if u == nil {
		return
	}
	p.line("put back", fmt.Sprintf("%10s", number(u.Done)))
	for _, c := range []struct {
		name   string
		n      int
		remark string
	}{
		{"pending", u.Pending, "accepted, not confirmed by every platform"},
		{"failed", u.Failed, "see " + rundir.Results},
		{"skipped", u.Skipped, "on already"},
		{"unknown", u.Unknown, "sent, no answer on record"},
	} {
		if c.n > 0 {
			p.count(c.name, c.n, c.remark)
		}
	}
}

func (p *page) checks(c *results.Check, s *journal.State) {
	if c == nil {
		c = &results.Check{}
	}
	on := "see " + rundir.Results
	if back := s.TakenOver().CheckCounts()[journal.On]; back > 0 {
		on = number(back) + " of them after an undo; " + on
	}
	p.line("checked", fmt.Sprintf("%10s", number(c.Off+c.On+c.Missing+c.Failed)))
	p.count("off", c.Off, "the central account is off")
	p.count("on", c.On, on)
	p.count("missing", c.Missing, "no such user")
	p.count("failed", c.Failed, "not readable, see "+rundir.Results)
}

func (p *page) platforms(all map[string]results.Platform) {
	if len(all) == 0 {
		return
	}
	width := labelWidth
	for name := range all {
		width = max(width, utf8.RuneCountInString("  "+harmless(name)))
	}
	const row = "%-*s %10v %10v %10v\n"
	fmt.Fprintf(p, row, width, "platforms", "done", "pending", "failed")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		n := all[name]
		fmt.Fprintf(p, row, width, "  "+harmless(name), number(n.Done), number(n.Pending), number(n.Failed))
	}
}

// next is what the operator should do now.
func (p *page) next(s *journal.State, b job, path string) {
	advice := append(afterUndo(s, path), afterRun(s.InForce(), path)...)
	if len(advice) == 0 && b.action != journal.ActionCheck {
		advice = append(advice, [2]string{command("check", path) + " --all", "nothing is left to do; this reads everybody back"})
	}
	width := 0
	for _, a := range advice {
		width = max(width, utf8.RuneCountInString(a[0]))
	}
	for _, a := range advice {
		p.line("next", fmt.Sprintf("%-*s   %s", width, a[0], a[1]))
	}
}

// afterUndo is about those whom an undo has taken over.
func afterUndo(s *journal.State, path string) (advice [][2]string) {
	n := s.UndoCounts()
	if n[journal.Failed]+n[journal.Unknown] > 0 {
		advice = append(advice, [2]string{command("undo", path), "goes on to put people back"})
	} else if n[journal.Pending] > 0 {
		advice = append(advice, [2]string{command("undo", path), "asks every platform for its final word on those put back"})
	}
	return advice
}

// afterRun is about the others.
func afterRun(s *journal.State, path string) (advice [][2]string) {
	n := s.Counts()
	switch {
	case s.IsPlan() && s.Plan == nil:
		advice = append(advice, [2]string{command("plan", path), "goes on with the look"})
	case s.IsPlan():
		advice = append(advice, [2]string{command("apply", path), "does exactly what " + filepath.Join(path, rundir.Plan) + " says"})
	case left(n) > 0 && s.Began(journal.ActionActivate):
		advice = append(advice, [2]string{command("resume", path), "switches off the rest, whom the undo has not touched"})
	case left(n) > 0:
		advice = append(advice, [2]string{command("resume", path), "sends the rest"})
	}
	if n[journal.Pending] > 0 {
		advice = append(advice, [2]string{command("retry", path), "asks every platform for its final word"})
	}
	on, refused := s.CheckCounts()[journal.On] > 0, s.Refused()
	if n[journal.Failed] > refused || on {
		remark := "sends the failed ones again"
		if on {
			remark = "sends those who are on, and the failed ones, again"
		}
		advice = append(advice, [2]string{command("retry", path) + " --failed", remark})
	}
	if refused > 0 {
		list := filepath.Join(path, rundir.Failed)
		advice = append(advice, [2]string{"offboard run " + quote(list), "after you have corrected it: " + plural(refused, "user") + " never sent"})
	}
	return advice
}

// legible drops digits that nobody reads.
func legible(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(100 * time.Millisecond)
}

// harmless keeps a text from giving orders to a terminal, or hiding in it.
func harmless(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsGraphic(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

var number, plural = prose.Number, prose.Plural
