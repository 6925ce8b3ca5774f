package report

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/prose"
)

// column is a bar that stands, in percent of the figure.
type column struct {
	X, W  string
	Parts []box
	Title string
	Label string // of the column in the table, such as its time
	N     int
	Rate  string
}

type box struct{ Class, Y, H string }

// tick is a mark on the horizontal axis.
type tick struct {
	X, Text, Anchor string
	Minor           bool // left out where there is little room
}

// timeFigure shows the answers of a stage over time.
type timeFigure struct {
	ID       string
	Title    string
	Alt      string
	Top, Mid string // labels of the vertical axis
	Columns  []column
	Ticks    []tick
	LimitY   string // "" when it is not in the picture
	Limit    string
	Legend   []journal.Outcome
	Bar      string // how long one is
}

func newTimeFigure(h *chapter) timeFigure {
	t, stage := h.timeline, h.StageState
	peak := 0
	for _, b := range t.bars {
		peak = max(peak, b.sum())
	}
	perSecond := func(n int) float64 { return float64(n) / t.width.Seconds() }
	top := perSecond(peak)
	if stage.Rate > 0 && stage.Rate <= 4*top {
		top = max(top, stage.Rate)
	}
	top = ceiling(top * 1.05)
	f := timeFigure{
		ID:    fmt.Sprint("time", h.place),
		Title: fmt.Sprintf("%s: %s", visible(stage.Command), stageWork(stage)),
		Top:   rate(top), Mid: rate(top / 2), Bar: span(t.width),
		Ticks:  timeTicks(t),
		Limit:  limit(stage.Rate),
		Legend: h.found.legend(),
	}
	if stage.Rate > 0 && stage.Rate <= top {
		f.LimitY = length(100 - 100*stage.Rate/top)
	}
	for i, b := range t.bars {
		f.Columns = append(f.Columns, b.column(t, i, top))
	}
	f.Alt = fmt.Sprintf("%s in %s: %s a second on average, at most %s a second. %s. Each bar is %s.",
		prose.Plural(h.answers, "answer"), span(h.last.Sub(t.start)), rate(h.average()), rate(perSecond(peak)), f.Limit, f.Bar)
	return f
}

// average is answers a second, from the stage's begin to its last answer.
func (h *chapter) average() float64 {
	return float64(h.answers) / max(1, h.last.Sub(h.timeline.start).Seconds())
}

func limit(perSecond float64) string {
	if perSecond == 0 {
		return "No limit of the rate is on record"
	}
	return "The limit was " + rate(perSecond) + " attempts a second"
}

func (t tally) legend() (list []journal.Outcome) {
	for place, n := range t {
		if n > 0 {
			list = append(list, told[place])
		}
	}
	return list
}

// column stacks what came in one bar of a timeline.
func (t tally) column(l timeline, i int, top float64) column {
	c := column{
		X: percent(i, len(l.bars)), W: percent(1, len(l.bars)), N: t.sum(),
		Label: l.start.Add(time.Duration(i) * l.width).UTC().Format("15:04:05"),
	}
	c.Rate = rate(float64(c.N) / l.width.Seconds())
	words := []string{}
	y := 100.0
	for place, n := range t {
		if n == 0 {
			continue
		}
		h := 100 * float64(n) / l.width.Seconds() / top
		y -= h
		c.Parts = append(c.Parts, box{string(told[place]), length(y), length(h)})
		words = append(words, prose.Number(n)+" "+string(told[place]))
	}
	c.Title = fmt.Sprintf("%s: %s a second (%s)", c.Label, c.Rate, strings.Join(words, ", "))
	return c
}

func timeTicks(t timeline) (ticks []tick) {
	whole := time.Duration(len(t.bars)) * t.width
	form := "15:04:05"
	if whole > 48*time.Hour {
		form = "2 Jan 15:04"
	}
	for i, anchor := range []string{"start", "middle", "middle", "middle", "end"} {
		at := t.start.Add(whole * time.Duration(i) / 4)
		ticks = append(ticks, tick{X: length(25 * float64(i)), Text: at.UTC().Format(form), Anchor: anchor, Minor: i%2 == 1})
	}
	return ticks
}

// delayFigure shows how long answers took.
type delayFigure struct {
	ID      string
	Title   string
	Alt     string
	Columns []column
	Ticks   []tick
	Top     string
	Marks   []mark
}

// mark is a percentile.
type mark struct{ Name, Value string }

func newDelayFigure(action string, d delays) delayFigure {
	bins, most := d.bins()
	f := delayFigure{ID: "latency-" + action, Title: action, Top: prose.Number(most)}
	for i, b := range bins {
		f.Columns = append(f.Columns, column{
			X: percent(i, len(bins)), W: percent(1, len(bins)), N: b.n,
			Parts: []box{{"latency", length(100 - 100*float64(b.n)/float64(most)), percent(b.n, most)}},
			Label: b.label(), Title: fmt.Sprintf("%s: %s", b.label(), prose.Plural(b.n, "answer")),
		})
	}
	step := max(1, (len(bins)+4)/5)
	for i := 0; i < len(bins); i += step {
		f.Ticks = append(f.Ticks, tick{X: percent(2*i+1, 2*len(bins)), Text: delay(bins[i].from), Anchor: "middle"})
	}
	p := d.percentiles(50, 95, 99, 100)
	for i, name := range []string{"half within", "95 % within", "99 % within", "the slowest"} {
		f.Marks = append(f.Marks, mark{name, delay(p[i])})
	}
	f.Alt = fmt.Sprintf("Of %s, half came within %s, 95 %% within %s, 99 %% within %s, the slowest after %s.",
		prose.Plural(d.total(), "answer"), delay(p[0]), delay(p[1]), delay(p[2]), delay(p[3]))
	return f
}

// bin is the answers that took from so many milliseconds to less than so many.
type bin struct {
	from, to int64
	n        int
}

func (b bin) label() string {
	if b.to == b.from+1 {
		return delay(b.from)
	}
	return delay(b.from) + " to " + delay(b.to)
}

// bins are ten for each power of ten, from the fastest answer to the slowest;
// below ten, each millisecond is one.
func (d delays) bins() (list []bin, most int) {
	counts := make(map[int64]int)
	low, high := int64(math.MaxInt64), int64(0)
	for ms, n := range d {
		edge := edgeBelow(ms)
		counts[edge] += n
		low, high = min(low, edge), max(high, edge)
	}
	for from := low; from <= high; from = edgeAbove(from) {
		list = append(list, bin{from, edgeAbove(from), counts[from]})
		most = max(most, counts[from])
	}
	return list, most
}

func edgeBelow(ms int64) int64 {
	if ms < 10 {
		return max(0, ms)
	}
	e := int64(10)
	for edgeAbove(e) <= ms {
		e = edgeAbove(e)
	}
	return e
}

func edgeAbove(edge int64) int64 {
	if edge < 10 {
		return edge + 1
	}
	return int64(math.Round(math.Pow(10, math.Round(10*math.Log10(float64(edge))+1)/10)))
}

func (d delays) total() (n int) {
	for _, k := range d {
		n += k
	}
	return n
}

// percentiles are exact: the smallest latency that so many percent of the
// answers do not exceed.
func (d delays) percentiles(percents ...int) []int64 {
	all := slices.Sorted(maps.Keys(d))
	total, values := d.total(), make([]int64, 0, len(percents))
	sum, i := 0, 0
	for _, p := range percents {
		for ; i < len(all) && sum*100 < p*total; i++ {
			sum += d[all[i]]
		}
		values = append(values, all[max(0, i-1)])
	}
	return values
}

// ceiling is the next number above that reads well and halves well.
func ceiling(v float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(v)))
	for _, step := range []float64{1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8} {
		if v <= step*base {
			return step * base
		}
	}
	return 10 * base
}

func rate(perSecond float64) string {
	switch {
	case perSecond >= 100:
		return prose.Number(int(math.Round(perSecond)))
	case perSecond >= 10:
		return strconv.FormatFloat(math.Round(perSecond*10)/10, 'f', -1, 64)
	}
	return strconv.FormatFloat(perSecond, 'g', 2, 64)
}

func delay(ms int64) string {
	if ms < 1000 {
		return fmt.Sprintf("%d ms", ms)
	}
	return strconv.FormatFloat(float64(ms)/1000, 'g', 3, 64) + " s"
}

// span is how long something took.
func span(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	switch {
	case d < time.Second:
		return "less than a second"
	case s < 120:
		return prose.Plural(s, "second")
	case s < 2*3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	case s < 48*3600:
		return fmt.Sprintf("%d h %d min", s/3600, s/60%60)
	}
	return fmt.Sprintf("%d days %d h", s/86400, s/3600%24)
}
