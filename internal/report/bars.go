package report

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/offboard-cli/offboard/internal/journal"
)

// part is a piece of a bar, in percent of its length.
type part struct{ Class, X, W string }

// bars is a line of a table with a bar in it.
type bars struct {
	Name                  string
	N                     int
	Done, Pending, Failed int
	Parts                 []part
}

// percent is a share as an SVG length.
func percent(n, of int) string {
	if of == 0 {
		return "0%"
	}
	return length(100 * float64(n) / float64(of))
}

func length(percent float64) string {
	return strconv.FormatFloat(percent, 'f', -1, 32) + "%"
}

// least is the width of a part that would hardly be seen, in percent: fifteen
// people of a million still show.
const least = 0.75

// stack puts parts one behind the other.
func stack(list []standing, total int) []part {
	if total == 0 {
		return nil
	}
	widths, largest, spare := make([]float64, len(list)), 0, 0.0
	for i, s := range list {
		widths[i] = 100 * float64(s.N) / float64(total)
		if s.N > 0 && widths[i] < least {
			spare += least - widths[i]
			widths[i] = least
		}
		if s.N > list[largest].N {
			largest = i
		}
	}
	var parts []part
	x := 0.0
	for i, s := range list {
		w := widths[i]
		if i == largest {
			w -= spare
		}
		if s.N > 0 {
			parts = append(parts, part{string(s.Outcome), length(x), length(w)})
		}
		x += w
	}
	return parts
}

// platformBars are the platforms by name, all on one scale.
func platformBars(p platforms) (list []bars) {
	for i, name := range p.names {
		n := p.counts[i]
		b := bars{Name: name, Done: n[journal.Done], Pending: n[journal.Pending], Failed: n[journal.Failed]}
		b.N = b.Done + b.Pending + b.Failed
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b bars) int { return cmp.Compare(a.Name, b.Name) })
	for i, b := range list {
		list[i].Parts = stack([]standing{
			{Outcome: journal.Done, N: b.Done}, {Outcome: journal.Pending, N: b.Pending}, {Outcome: journal.Failed, N: b.Failed},
		}, b.N)
	}
	return list
}
