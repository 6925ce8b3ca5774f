package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
)

// maxListed is how many people a page lists.
const maxListed = 100_000

// standings are where a person can stand, those first that ask for attention.
var standings = [...]journal.Outcome{journal.Unknown, journal.Failed, journal.Pending, journal.Unsent, journal.Done, journal.Skipped}

func attention(o journal.Outcome) int { return slices.Index(standings[:], o) }

// crowd is what a run's people add up to, and those of them who are listed.
type crowd struct {
	state      *journal.State
	pseudonyms *Pseudonyms
	places     [len(standings)]int // left in the list, by standing
	lines      []line
	platforms  platforms
	reasons    reasons
	states     words // such as "done 204"
	whys       words
	notes      words
	waiting    []int // people who wait, by platform
	on         int   // people whom a check has found on, but ought not to have
	unnamed    int   // people who are done, and no platform was named
}

// line is a person in the list. What many have in common is an index.
type line struct {
	row      int
	user     string
	name     string
	standing int
	why      int
	note     int
	states   []int // by platform, 0 for none
	attempts int
	at       int64 // Unix seconds, 0 for never
}

func newCrowd(s *journal.State, p *Pseudonyms) *crowd {
	c := &crowd{state: s, pseudonyms: p, places: shareOut(s.Counts(), maxListed)}
	c.platforms.known = p != nil
	for _, w := range []*words{&c.states, &c.whys, &c.notes} {
		w.add("") // nothing
	}
	return c
}

// shareOut gives the places of a list to those who ask most for attention.
func shareOut(counts map[journal.Outcome]int, places int) (of [len(standings)]int) {
	for i, o := range standings {
		of[i] = min(counts[o], places)
		places -= of[i]
	}
	return of
}

func (c *crowd) add(p results.Person) {
	standing := attention(c.state.Standing(p.Row))
	if c.pseudonyms != nil {
		p = c.pseudonyms.person(p)
	}
	states := c.addPlatforms(p, standings[standing])
	if standings[standing] == journal.Failed {
		c.reasons.add(p)
	}
	if c.wronglyOn(p.Row) {
		c.on++
	}
	if c.places[standing] == 0 {
		return
	}
	c.places[standing]--
	l := line{
		row: p.Row, user: cmp.Or(visible(p.User), fmt.Sprintf("row %d of the roster", p.Row)), standing: standing, states: states, attempts: p.Attempts,
		why: c.whys.add(visible(p.Why)), note: c.notes.add(c.note(p.Row)),
	}
	if p.Known != nil {
		l.name = visible(p.Known.Name)
	}
	if !p.At.IsZero() {
		l.at = p.At.Unix()
	}
	c.lines = append(c.lines, l)
}

// addPlatforms counts what each platform has said last.
func (c *crowd) addPlatforms(p results.Person, standing journal.Outcome) []int {
	if standing == journal.Done && len(p.Platforms) == 0 {
		c.unnamed++
	}
	var states []int
	for _, said := range p.Platforms {
		i := c.platforms.add(said)
		for len(states) <= i {
			states = append(states, 0)
		}
		for len(c.waiting) <= i {
			c.waiting = append(c.waiting, 0)
		}
		states[i] = c.states.add(strings.TrimSuffix(fmt.Sprintf("%s %d", said.Outcome, said.Status), " 0"))
		if standing == journal.Pending && said.Outcome == journal.Pending {
			c.waiting[i]++
		}
	}
	return states
}

// note is what was found or done after a person's deactivation.
func (c *crowd) note(row int) string {
	var parts []string
	if o := c.state.LastCheck(row); o != journal.Unsent {
		parts = append(parts, "check: "+string(o))
	}
	if o := c.state.Undo(row); o != journal.Unsent {
		parts = append(parts, "put back: "+string(o))
	}
	return strings.Join(parts, ", ")
}

// wronglyOn reports whether the latest check has found a row's person on, and
// nobody had put them back.
func (c *crowd) wronglyOn(row int) bool {
	return c.state.LastCheck(row) == journal.On && c.state.Undo(row) != journal.Done
}

// sorted are the lines in the order of the page. Whoever is wrongly on comes
// first, wherever they stand.
func (c *crowd) sorted() []line {
	rank := func(l line) int {
		if c.wronglyOn(l.row) {
			return -1
		}
		return l.standing
	}
	slices.SortFunc(c.lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.row, b.row))
	})
	return c.lines
}

// words are texts that are told once and meant often.
type words struct {
	list  []string
	index map[string]int
}

func (w *words) add(s string) int {
	i, ok := w.index[s]
	if !ok {
		if w.index == nil {
			w.index = make(map[string]int)
		}
		i = len(w.list)
		w.index[s] = i
		w.list = append(w.list, s)
	}
	return i
}

// visible shows where a text has what cannot be seen: it could hide something,
// or turn what stands beside it. Joiners belong to some scripts.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u200C' || r == '\u200D' || unicode.IsGraphic(r):
			return r
		case r == '\n' || r == '\t':
			return ' '
		}
		return unicode.ReplacementChar
	}, s)
}
