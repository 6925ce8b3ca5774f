package main

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The tables that the views must be, made from the journal's lines.

const stampLayout = "2006-01-02T15:04:05.000Z"

func stamp(t time.Time) string { return t.UTC().Format(stampLayout) }

func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (g *ledger) results(r *roster) [][]string {
	all := [][]string{strings.Split("row,user,action,outcome,platform,status,message,location,http_status,attempts,latency_ms,time", ",")}
	for i := range g.rows {
		row, user := strconv.Itoa(i+1), r.user(i+1)
		if l := g.rows[i].skip; l != nil {
			f, a := r.fate(i+1), cmp.Or(l.Answer, &answer{})
			all = append(all, []string{
				row, user, "", f.outcome(), "*", number(a.Status), f.reason, "", number(a.HTTP), number(a.Attempts), "", stamp(l.At),
			})
		}
		for _, l := range g.rows[i].answers {
			all = append(all, l.results(row, user)...)
		}
	}
	return all
}

// results are the lines for an answer: the user's, and one for each platform
// by name.
func (l line) results(row, user string) [][]string {
	a := l.Answer
	how := []string{number(a.HTTP), strconv.Itoa(a.Attempts), strconv.FormatInt(a.LatencyMS, 10), stamp(l.At)}
	who := func(outcome, name string, status int, message, location string) []string {
		return append([]string{row, user, a.Action, outcome, name, number(status), message, location}, how...)
	}
	message := a.Message
	if l.Reason != "" {
		message = strings.TrimSuffix("does not count, "+l.Reason+": "+message, ": ")
	}
	lines := [][]string{who(l.Outcome, "*", a.Status, message, a.Location)}
	byName := func(a, b platform) int { return cmp.Compare(a.Name, b.Name) }
	for _, p := range slices.SortedFunc(slices.Values(a.Platforms), byName) {
		lines = append(lines, who(p.Outcome, p.Name, p.Status, p.Message, p.Location))
	}
	return lines
}

func (g *ledger) pending(r *roster) [][]string {
	all := [][]string{append(slices.Clone(r.header), "pending_platforms", "pending_since", "attempts")}
	for i := range g.rows {
		if g.rows[i].standing != "pending" {
			continue
		}
		attempts, since := 0, time.Time{}
		for _, l := range g.rows[i].answers {
			if l.Answer.Action == "check" {
				continue
			}
			attempts += l.Answer.Attempts
			if l.Outcome != "pending" {
				since = time.Time{}
			} else if since.IsZero() {
				since = l.At
			}
		}
		all = append(all, append(slices.Clone(r.rows[i]), g.rows[i].platforms("pending"), stamp(since), strconv.Itoa(attempts)))
	}
	return all
}

// platforms names those whose last word is the outcome; none means all.
func (r *row) platforms(outcome string) string {
	var names []string
	for name, o := range r.latest() {
		if o == outcome {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return cmp.Or(strings.Join(names, ";"), "*")
}

// latest is each platform's last word.
func (r *row) latest() map[string]string {
	last := make(map[string]string)
	for _, l := range r.answers {
		if l.Answer.Action == "check" {
			continue
		}
		for _, p := range l.Answer.Platforms {
			last[p.Name] = p.Outcome
		}
	}
	return last
}

// failed has, as its error, lines that the error must hold.
func (g *ledger) failed(r *roster) [][]string {
	all := [][]string{append(slices.Clone(r.header), "error")}
	for i := range g.rows {
		if g.rows[i].standing == "failed" {
			all = append(all, append(slices.Clone(r.rows[i]), g.rows[i].complaint()))
		}
	}
	return all
}

func (r *row) complaint() string {
	if r.skip != nil {
		return r.skip.Reason
	}
	var said []string
	for _, l := range slices.Backward(r.answers) {
		if l.Answer.Action == "check" {
			continue
		}
		for _, p := range l.Answer.Platforms {
			if p.Outcome == "failed" {
				said = append(said, p.Name, p.Message)
			}
		}
		if len(said) == 0 {
			said = append(said, l.Answer.Message)
		}
		break
	}
	return strings.Join(said, "\n")
}
