package due

import (
	"errors"
	"strings"
	"time"

	"github.com/ncruces/go-strftime"
)

// layout is one way to write a date.
type layout struct {
	pattern string // of package time
	clock   bool   // with a time of day
	offset  bool   // and its offset from UTC
}

// iso are the extended formats of ISO 8601, and those with a blank for the T.
// Seconds may have a fraction.
var iso = isoLayouts()

func isoLayouts() []layout {
	all := []layout{{pattern: time.DateOnly}}
	for _, between := range []string{"T", " "} {
		for _, clock := range []string{"15:04", "15:04:05"} {
			pattern := time.DateOnly + between + clock
			all = append(all, layout{pattern, true, false})
			for _, offset := range []string{"Z07:00", "Z0700", "Z07"} {
				all = append(all, layout{pattern + offset, true, true})
			}
		}
	}
	return all
}

// parseFormat finds out what a strftime notation tells by writing an instant
// with it and reading it back.
func parseFormat(format string) (layout, error) {
	pattern, err := strftime.Layout(format)
	if err != nil {
		return layout{}, err
	}
	if strings.Contains(pattern, "MST") {
		return layout{}, errors.New("names of time zones are not unique: use %z, or leave it out")
	}
	const offset = 5*3600 + 30*60
	wrote := time.Date(2026, time.November, 23, 22, 41, 37, 0, time.FixedZone("", offset))
	read, err := time.Parse(pattern, wrote.Format(pattern))
	if err != nil || read.Format(time.DateOnly) != wrote.Format(time.DateOnly) {
		return layout{}, errors.New("it does not tell year, month and day: write it as in %d.%m.%Y or %m/%d/%Y")
	}
	_, got := read.Zone()
	l := layout{pattern, read.Hour() == wrote.Hour(), got == offset}
	if !l.clock && (l.offset || read.Format(time.TimeOnly) != "00:00:00") {
		return layout{}, errors.New("it tells a part of the time only: write it as in %H:%M or %I:%M %p")
	}
	return l, nil
}
