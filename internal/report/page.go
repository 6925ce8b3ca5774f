package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/prose"
)

// page is what the template lays out.
type page struct {
	Style    template.CSS
	Script   template.JS
	Run      string
	Tenant   string
	Input    string // name and digest of the roster; "" in a report that is passed on
	Tool     string
	AsOf     string
	Span     string
	Hidden   bool // names are
	Mock     bool // simulated
	Working  bool
	Sentence string
	Remarks  []string

	Standings []standing
	Whole     []part
	Platforms []bars
	Reasons   []bars
	Others    int // failed people whose reason is not listed
	Verdicts  []bars
	Tenants   string // how many people the tenant has, "" if nobody has counted
	Timelines []timeFigure
	Omitted   int // stages whose timeline is left out
	Delays    []delayFigure
	Stages    []stageRow
	Checked   []standing
	Undone    []standing

	Total int
	List  list
	First []row
}

// standing is a number of people who stand somewhere.
type standing struct {
	Outcome journal.Outcome
	N       int
	Means   string
}

var meanings = map[journal.Outcome]string{
	journal.Done:    "off on every platform that answered",
	journal.Pending: "accepted, not confirmed by every platform",
	journal.Failed:  "not switched off, or not everywhere",
	journal.Skipped: "left out, nothing was sent",
	journal.Unsent:  "not sent yet",
	journal.Unknown: "sent, no answer on record",
}

func newPage(s Source, c *chronicle, crowd *crowd) *page {
	state, h := s.State, s.State.Header
	p := &page{
		Style: style, Script: script,
		Run: visible(h.Run), Tenant: visible(h.Tenant), Tool: visible(h.Tool),
		Input: visible(h.Input.Name) + ", SHA-256 " + visible(h.Input.SHA256),
		AsOf:  moment(c.last), Span: moment(state.Started) + " to " + moment(c.last),
		Hidden: s.Pseudonyms != nil, Mock: h.Simulated, Working: s.Working,
		Total: state.Checked.Rows,
	}
	if p.Hidden {
		p.Run, p.Input = "run of "+state.Started.UTC().Format(time.DateOnly), ""
	}
	p.Sentence = sentence(state, crowd, s.Working)
	p.Remarks = remarks(state, crowd, c.repeated)
	p.people(state, crowd)
	p.time(c, s)
	return p
}

// people fills in what is counted in people.
func (p *page) people(state *journal.State, crowd *crowd) {
	counts := state.Counts()
	for _, o := range []journal.Outcome{journal.Done, journal.Pending, journal.Failed, journal.Skipped, journal.Unsent, journal.Unknown} {
		if counts[o] > 0 {
			p.Standings = append(p.Standings, standing{o, counts[o], meanings[o]})
		}
	}
	p.Whole = stack(p.Standings, p.Total)
	p.Platforms = platformBars(crowd.platforms)
	p.reasons(crowd)
	p.verdicts(state.Plan)
	found, undone := state.CheckCounts(), state.UndoCounts()
	p.Checked = counted(found, map[journal.Outcome]string{
		journal.Off: "the central account is off", journal.On: "still on, or on again",
		journal.Missing: "the tenant knows no such user", journal.Failed: "could not be read",
	}, journal.Off, journal.On, journal.Missing, journal.Failed)
	p.Undone = counted(undone, map[journal.Outcome]string{
		journal.Done: "on again, as before", journal.Pending: "accepted, not confirmed by every platform",
		journal.Failed: "could not be put back", journal.Skipped: "left as they are", journal.Unknown: "sent, no answer on record",
	}, journal.Done, journal.Pending, journal.Failed, journal.Skipped, journal.Unknown)
	p.List = newList(crowd)
	p.First = firstRows(crowd, &p.List)
}

// counted is empty when nobody was.
func counted(counts map[journal.Outcome]int, means map[journal.Outcome]string, order ...journal.Outcome) (list []standing) {
	for _, o := range order {
		if counts[o] > 0 {
			list = append(list, standing{o, counts[o], means[o]})
		}
	}
	return list
}

func (p *page) reasons(crowd *crowd) {
	const listed = 12
	top, other := crowd.reasons.top(listed)
	if len(top) == 0 {
		return
	}
	most := top[0].N
	for _, r := range top {
		p.Reasons = append(p.Reasons, bars{Name: r.Text, N: r.N, Parts: []part{{Class: string(journal.Failed), W: percent(r.N, most)}}})
	}
	p.Others = other
}

func (p *page) verdicts(sealed *journal.Plan) {
	if sealed == nil {
		return
	}
	most := 1
	for _, n := range sealed.Verdicts {
		most = max(most, n)
	}
	for _, v := range plan.Verdicts {
		if n := sealed.Verdicts[string(v)]; n > 0 || v == plan.Deactivate {
			class := cmp.Or(string(v.Outcome()), "unsent")
			if v == plan.Deactivate {
				class = "found"
			}
			p.Verdicts = append(p.Verdicts, bars{Name: string(v), N: n, Parts: []part{{Class: class, W: percent(n, most)}}})
		}
	}
	if sealed.Active > 0 && !p.Mock { // the simulator lists only whom it was asked for
		p.Tenants = fmt.Sprintf("The tenant had %s, %s of them active.",
			prose.Plural(sealed.People, "account"), prose.Number(sealed.Active))
	}
}

// time fills in what is counted over time.
func (p *page) time(c *chronicle, s Source) {
	var drawn []*chapter
	for _, h := range c.chapters {
		if len(h.timeline.bars) > 1 {
			drawn = append(drawn, h)
		}
	}
	drawn, p.Omitted = longest(drawn)
	for _, h := range drawn {
		p.Timelines = append(p.Timelines, newTimeFigure(h))
	}
	for _, action := range []string{journal.ActionDeactivate, journal.ActionActivate, journal.ActionCheck} {
		if d := c.delays[action]; len(d) > 0 {
			p.Delays = append(p.Delays, newDelayFigure(action, d))
		}
	}
	for _, h := range c.chapters {
		p.Stages = append(p.Stages, newStageRow(h, c.stages, s))
	}
}

// longest are the chapters with the most answers, as many as a reader can
// take, in order of time.
func longest(all []*chapter) (some []*chapter, omitted int) {
	const most = 6
	some = slices.Clone(all)
	slices.SortStableFunc(some, func(a, b *chapter) int { return cmp.Compare(b.answers, a.answers) })
	some = some[:min(most, len(some))]
	slices.SortFunc(some, func(a, b *chapter) int { return cmp.Compare(a.place, b.place) })
	return some, len(all) - len(some)
}

// Policy is the page's Content-Security-Policy: what is in it runs, and
// nothing else, and nothing is fetched.
func (p *page) Policy() string {
	return fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
		digest(string(p.Script)), digest(string(p.Style)))
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

var (
	style  = template.CSS(mustRead("page/report.css"))
	script = template.JS(mustRead("page/report.js"))
)

func mustRead(name string) string {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") }

// Percent is a share of the run's people, for a reader.
func (p *page) Percent(n int) string {
	if p.Total == 0 {
		return ""
	}
	s := fmt.Sprintf("%.1f %%", 100*float64(n)/float64(p.Total))
	return strings.Replace(s, ".0 %", " %", 1)
}

// Number writes a number for a reader.
func (p *page) Number(n int) string { return prose.Number(n) }

// Listed is how many people are in the list.
func (p *page) Listed() int { return len(p.List.Rows) }

// Count writes its number for a reader.
func (s standing) Count() string { return prose.Number(s.N) }
