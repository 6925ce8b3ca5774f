// Package due says when a row is due and when work is allowed.
//
// Time zones need the zone database, which not every machine has: a program
// imports time/tzdata to bring its own.
package due

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Calendar reads the dates of one column.
type Calendar struct {
	zone    *time.Location
	format  string // as given, "" for ISO 8601
	layouts []layout
}

// NewCalendar reads ISO 8601, or only the format if there is one: a strftime
// notation such as %d.%m.%Y or %m/%d/%Y %H:%M. Dates and times without an
// offset are those of the zone.
func NewCalendar(zone *time.Location, format string) (*Calendar, error) {
	if format == "" {
		return &Calendar{zone: zone, layouts: iso}, nil
	}
	l, err := parseFormat(format)
	if err != nil {
		return nil, fmt.Errorf("date format %q: %w", format, err)
	}
	return &Calendar{zone, format, []layout{l}}, nil
}

// A year before this one is how databases write that there is no date. Taken
// for a date, it would make due who is not to leave at all.
const earliest = 2000

// Due is the instant from which on a cell is due. A date is due when that day
// is over everywhere in the zone, a date and time at that time. A time that the
// zone's clocks skip is due when they skip it, and one that they show twice is
// due the second time: never too early. An empty cell is an error.
func (c *Calendar) Due(cell string) (time.Time, error) {
	cell = strings.TrimSpace(cell)
	var impossible error
	for _, l := range c.layouts {
		t, err := time.Parse(l.pattern, cell)
		var wrong *time.ParseError
		switch {
		case errors.As(err, &wrong) && strings.HasSuffix(wrong.Message, "out of range"):
			impossible = fmt.Errorf("%q does not exist%s", cell, wrong.Message)
		case err != nil:
		case t.Year() < earliest:
			return time.Time{}, fmt.Errorf("%q is before the year %d: empty the cell if it stands for no date", cell, earliest)
		case !l.clock:
			return passed(t.AddDate(0, 0, 1), c.zone), nil
		case l.offset:
			return t.In(c.zone), nil
		default:
			return last(t, c.zone), nil
		}
	}
	if impossible != nil {
		return time.Time{}, impossible
	}
	return time.Time{}, c.misfit(cell)
}

var dayOrMonthFirst = regexp.MustCompile(`^[0-9]{1,2}([./-])[0-9]{1,2}[./-][0-9]{2,4}`)

// misfit says why a cell is in none of the layouts.
func (c *Calendar) misfit(cell string) error {
	if cell == "" {
		return errors.New("there is no date")
	}
	if c.format != "" {
		return fmt.Errorf("%q does not fit the date format %q (%%d and %%m are two digits, %%-d and %%-m one or two)", cell, c.format)
	}
	if m := dayOrMonthFirst.FindStringSubmatch(cell); m != nil {
		return fmt.Errorf("%q is not ISO 8601, and whether day or month comes first is never guessed: "+
			"name the date format, such as %%d%[2]s%%m%[2]s%%Y or %%m%[2]s%%d%[2]s%%Y", cell, m[1])
	}
	return fmt.Errorf("%q is no ISO 8601 date, such as 2026-11-30, 2026-11-30T17:00 or 2026-11-30T17:00:00+01:00", cell)
}
