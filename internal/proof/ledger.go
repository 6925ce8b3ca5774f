package main

import (
	"cmp"
	"fmt"
	"time"
)

// ledger is where each row stands by the journal's lines.
type ledger struct {
	rows    []row // by row - 1
	header  line
	began   time.Time // of the last command
	ended   *line     // its end; nil without one
	action  string
	command string
	begins  int
	checked bool
	sealed  *line       // the plan; nil before
	struck  bool        // people were struck from it since
	sending bool        // a command has begun to deactivate
	times   []time.Time // of the answers, as they stand in the journal
}

type row struct {
	standing string
	before   string // the standing before it was last sent
	check    string
	sent     int
	sentBy   int // number of the command whose sent line is open
	skip     *line
	person   *line // the last look that counts
	answers  []line
}

func (g *ledger) add(l line) error {
	if l.Row > 0 {
		return g.about(l)
	}
	switch l.Kind {
	case "header":
		g.header = l
	case "checked":
		g.grow(l.Checked.Rows)
		g.checked = true
	case "begin":
		g.begins++
		g.began, g.ended, g.action, g.command = l.At, nil, l.Stage.Action, l.Stage.Command
		g.sending = g.sending || g.action == "deactivate"
	case "plan":
		g.sealed, g.struck = &l, false
	case "end":
		g.ended = &l
	default:
		return fmt.Errorf("a line of the kind %q", l.Kind)
	}
	return nil
}

func (g *ledger) grow(n int) {
	for len(g.rows) < n {
		g.rows = append(g.rows, row{standing: "unsent"})
	}
}

func (g *ledger) about(l line) error {
	if !g.checked {
		g.grow(l.Row)
	}
	if l.Row > len(g.rows) {
		return fmt.Errorf("a line about row %d of %d", l.Row, len(g.rows))
	}
	r := &g.rows[l.Row-1]
	switch l.Kind {
	case "skip":
		r.standing, r.skip = cmp.Or(l.Outcome, "skipped"), &l
		g.struck = g.sealed != nil && !g.sending
	case "person":
		r.person = &l
	case "sent":
		r.sent++
		r.sentBy = g.begins
		r.before, r.standing = r.standing, "unknown"
	case "answer":
		g.times = append(g.times, l.At)
		r.answers = append(r.answers, l)
		if l.Answer.Action == "check" {
			r.check = l.Outcome
		} else {
			r.standing, r.sentBy, r.check = l.Outcome, 0, ""
		}
	case "withdraw":
		if g.action == "lookup" {
			r.person = nil
			break
		}
		r.withdraw(l)
	default:
		return fmt.Errorf("a line of the kind %q about row %d", l.Kind, l.Row)
	}
	return nil
}

// withdraw takes back the last sent line, and the answer to it if there is
// one.
func (r *row) withdraw(l line) {
	if l.Answered {
		taken := &r.answers[len(r.answers)-1]
		taken.Reason, taken.Outcome = l.Reason, "unsent"
		if l.Outcome != "" {
			taken.Outcome = l.Outcome
		}
	} else {
		r.sent--
	}
	r.standing, r.sentBy = r.before, 0
	if l.Outcome != "" {
		r.standing = l.Outcome
	}
}

// counts are the rows by standing.
func (g *ledger) counts() map[string]int {
	n := make(map[string]int)
	for _, r := range g.rows {
		n[r.standing]++
	}
	return n
}

// settled are the rows with an answer that will stand.
func (g *ledger) settled(retried bool) int {
	n := g.counts()
	if retried {
		return n["done"] + n["failed"]
	}
	return n["done"] + n["failed"] + n["pending"]
}

// seen are the rows that were looked up.
func (g *ledger) seen() (n int) {
	for _, r := range g.rows {
		if r.person != nil {
			n++
		}
	}
	return n
}

// checks are the rows by what their last check has found.
func (g *ledger) checks() map[string]int {
	n := make(map[string]int)
	for _, r := range g.rows {
		if r.check != "" {
			n[r.check]++
		}
	}
	return n
}

// dangling are the rows that the last command has sent without an end to it.
func (g *ledger) dangling() (n int) {
	for _, r := range g.rows {
		if r.sentBy > 0 && r.sentBy == g.begins {
			n++
		}
	}
	return n
}

// unknown are the rows, from 1, that were sent without an answer on record.
func (g *ledger) unknown() (rows []int) {
	for i, r := range g.rows {
		if r.standing == "unknown" {
			rows = append(rows, i+1)
		}
	}
	return rows
}

// exitCode is what a command that has worked on everybody must return.
func (g *ledger) exitCode() int {
	n, c := g.counts(), g.checks()
	switch {
	case g.command == "plan":
		return 0
	case g.action == "check" && c["on"]+c["missing"]+c["failed"] > 0:
		return 3
	case g.action != "check" && n["failed"] > 0:
		return 3
	case g.action == "check" && n["unsent"]+n["unknown"] > 0:
		return 6
	case n["pending"] > 0:
		return 4
	}
	return 0
}
