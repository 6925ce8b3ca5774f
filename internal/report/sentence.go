package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/prose"
)

// sentence says how the run stands.
func sentence(s *journal.State, c *crowd, working bool) string {
	n := s.Counts()
	meant := s.Checked.Rows - n[journal.Skipped]
	var parts []string
	switch {
	case s.Checked.Rows == 0:
		return "The roster has no people."
	case meant == 0:
		return fmt.Sprintf("Nobody was to be switched off: all %s are left out.", prose.Plural(s.Checked.Rows, "row"))
	case !s.Began(journal.ActionDeactivate):
		parts = planned(s, meant)
	default:
		parts = sent(n, meant, c, working)
		if c.on > 0 {
			parts = append(parts, "the last check found "+prose.Number(c.on)+" still on")
		}
		if k := s.UndoCounts()[journal.Done] + s.UndoCounts()[journal.Pending]; k > 0 {
			parts = append(parts, prose.Number(k)+" "+were(k)+" put back since")
		}
	}
	if k := n[journal.Skipped]; k > 0 {
		parts = append(parts, prose.Number(k)+" more "+were(k)+" left out")
	}
	return strings.Join(parts, "; ") + "."
}

func planned(s *journal.State, meant int) []string {
	if s.Plan == nil {
		return []string{"Nothing was sent yet to any of the " + people(meant)}
	}
	parts := []string{fmt.Sprintf("A plan: %s would be switched off, and nothing was sent yet", people(s.Plan.Verdicts[string(plan.Deactivate)]))}
	if k := s.Counts()[journal.Failed]; k > 0 {
		parts = append(parts, prose.Number(k)+" cannot be told for sure")
	}
	return parts
}

func sent(n map[journal.Outcome]int, meant int, c *crowd, working bool) []string {
	parts := []string{off(n[journal.Done], meant)}
	add := func(k int, format string, args ...any) {
		if k > 0 {
			parts = append(parts, prose.Number(k)+" "+fmt.Sprintf(format, args...))
		}
	}
	add(n[journal.Pending], "%s on %s", verb(n[journal.Pending], "waits", "wait"), c.waitsOn())
	add(n[journal.Failed], "failed")
	switch k := n[journal.Unknown]; working {
	case true:
		add(k, "%s on the way", are(k))
	default:
		add(k, "%s sent without an answer on record", were(k))
	}
	add(n[journal.Unsent], "%s not sent yet", are(n[journal.Unsent]))
	return parts
}

func off(done, meant int) string {
	switch {
	case done == meant && meant == 1:
		return "The one person is off on every platform"
	case done == meant:
		return "All " + people(meant) + " are off on every platform"
	case done == 0:
		return "None of " + people(meant) + " is off on every platform"
	}
	return fmt.Sprintf("%s of %s %s off on every platform", prose.Number(done), people(meant), are(done))
}

// waitsOn names the platforms that people wait on, those with most of them
// first.
func (c *crowd) waitsOn() string {
	var places []int
	for i, n := range c.waiting {
		if n > 0 {
			places = append(places, i)
		}
	}
	slices.SortFunc(places, func(a, b int) int {
		return cmp.Or(cmp.Compare(c.waiting[b], c.waiting[a]), cmp.Compare(c.platforms.names[a], c.platforms.names[b]))
	})
	switch len(places) {
	case 0:
		return "the tenant"
	case 1:
		return c.platforms.names[places[0]]
	case 2:
		return c.platforms.names[places[0]] + " or " + c.platforms.names[places[1]]
	}
	return fmt.Sprintf("%s or %d other platforms", c.platforms.names[places[0]], len(places)-1)
}

// remarks are what else one should know at once.
func remarks(s *journal.State, c *crowd, repeated int) (list []string) {
	found := s.CheckCounts()
	if read := found[journal.Off] + found[journal.On] + found[journal.Missing] + found[journal.Failed]; read > 0 {
		list = append(list, fmt.Sprintf("The last check read %s back: %s off, %s on, %s not there, %s not readable.", people(read),
			prose.Number(found[journal.Off]), prose.Number(found[journal.On]), prose.Number(found[journal.Missing]), prose.Number(found[journal.Failed])))
	}
	if c.unnamed > 0 {
		list = append(list, fmt.Sprintf("For %s of those who are off the tenant named no platform.", prose.Number(c.unnamed)))
	}
	if repeated > 0 {
		list = append(list, fmt.Sprintf("%s took more than one attempt.", prose.Plural(repeated, "answer")))
	}
	return list
}

func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return prose.Number(n) + " people"
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func are(n int) string  { return verb(n, "is", "are") }
func were(n int) string { return verb(n, "was", "were") }
