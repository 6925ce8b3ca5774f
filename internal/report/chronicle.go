package report

import (
	"slices"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
)

// chronicle is what a journal tells in the order of time.
type chronicle struct {
	stages   []journal.StageState
	begun    int // stages so far
	chapters []*chapter
	delays   map[string]delays // by action
	repeated int               // answers that took more than one attempt
	last     time.Time         // the latest moment on record
}

// chapter is one command's work, or the look before it.
type chapter struct {
	journal.StageState
	place    int // among the stages, from 0
	answers  int
	attempts int
	found    tally
	timeline timeline
	last     time.Time // answer but those of a look
}

// told are the outcomes of single answers, in the order in which they are
// stacked.
var told = [...]journal.Outcome{journal.Done, journal.Off, journal.Pending, journal.Missing, journal.On, journal.Failed}

// tally counts answers by their place in told.
type tally [len(told)]int

// delays count answers by their latency in milliseconds.
type delays map[int64]int

// readChronicle reads the journal of a run that stands at state. What has been
// written since then by another command is not there.
func readChronicle(path string, state *journal.State) (*chronicle, error) {
	c := &chronicle{stages: state.Stages, delays: make(map[string]delays), last: state.Started}
	for _, stage := range state.Stages {
		c.see(stage.Began)
		c.see(stage.Ended)
	}
	return c, journal.Scan(path, c.add)
}

func (c *chronicle) add(l journal.Line) error {
	switch {
	case l.Kind == journal.KindBegin:
		c.begin()
	case c.begun > len(c.stages) || c.begun == 0:
	case l.Kind == journal.KindAnswer, l.Kind == journal.KindPerson:
		e, err := l.Entry()
		if err != nil {
			return err
		}
		c.answer(e)
	}
	return nil
}

func (c *chronicle) begin() {
	if c.begun < len(c.stages) {
		stage := c.stages[c.begun]
		c.chapters = append(c.chapters, &chapter{StageState: stage, place: c.begun, timeline: newTimeline(stage.Began)})
	}
	c.begun++
}

func (c *chronicle) see(t time.Time) {
	if t.After(c.last) {
		c.last = t
	}
}

// answer counts one. Those of a look are not drawn: a page of the tenant's list
// tells of hundreds of people at once.
func (c *chronicle) answer(e journal.Entry) {
	c.see(e.At)
	h := c.chapters[len(c.chapters)-1]
	h.answers++
	if e.Kind == journal.KindPerson {
		return
	}
	h.last = e.At
	h.attempts += e.Answer.Attempts
	if e.Answer.Attempts > 1 {
		c.repeated++
	}
	place := placeOf(e.Outcome)
	h.found[place]++
	h.timeline.add(e.At, place)
	if e.Answer.HTTPStatus != 0 {
		c.delay(e.Answer)
	}
}

func (c *chronicle) delay(a *journal.Answer) {
	d := c.delays[a.Action]
	if d == nil {
		d = make(delays)
		c.delays[a.Action] = d
	}
	d[a.LatencyMS]++
}

func placeOf(o journal.Outcome) int {
	if i := slices.Index(told[:], o); i >= 0 {
		return i
	}
	return len(told) - 1
}

// maxBars is how many bars a timeline has at most.
const maxBars = 120

// timeline counts answers in bars of equal length. It may begin before the end
// is known: the bars grow when there are too many.
type timeline struct {
	start time.Time
	width time.Duration // of a bar
	bars  []tally
}

func newTimeline(start time.Time) timeline { return timeline{start: start, width: time.Second} }

func (t *timeline) add(at time.Time, place int) {
	since := max(0, at.Sub(t.start)) // a clock may go back
	for since/t.width >= maxBars {
		t.fold()
	}
	i := int(since / t.width)
	for len(t.bars) <= i {
		t.bars = append(t.bars, tally{})
	}
	t.bars[i][place]++
}

// fold makes one bar of two.
func (t *timeline) fold() {
	t.width *= 2
	half := (len(t.bars) + 1) / 2
	for i, b := range t.bars {
		if i%2 == 0 {
			t.bars[i/2] = b
			continue
		}
		for place, n := range b {
			t.bars[i/2][place] += n
		}
	}
	t.bars = t.bars[:half]
}

func (t tally) sum() (n int) {
	for _, of := range t {
		n += of
	}
	return n
}
