package due

import (
	"fmt"
	"time"
)

// ParseZone finds a time zone by its name in the IANA list.
func ParseZone(name string) (*time.Location, error) {
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		return nil, fmt.Errorf("there is no time zone %q: write it as Europe/Berlin, America/New_York or UTC", name)
	}
	return zone, nil
}

// last is the instant at which the zone's clocks show wall for the last time or,
// when they skip it, at which they do. wall is given in UTC.
func last(wall time.Time, zone *time.Location) time.Time {
	t := passed(wall, zone)
	if _, back := t.ZoneBounds(); !back.IsZero() && shown(back).Equal(wall) {
		return back
	}
	return t
}

// passed is the instant from which on no clock in the zone shows less than
// wall, which is given in UTC.
func passed(wall time.Time, zone *time.Location) time.Time {
	t := wall.AddDate(0, 0, 2).In(zone) // later than wall with any offset
	for {
		begin, end := t.ZoneBounds() // between which the offset is the same
		at := t.Add(wall.Sub(shown(t)))
		switch {
		case !begin.IsZero() && !begin.Before(at):
			t = begin.Add(-1)
		case !end.IsZero() && end.Before(at):
			return end
		default:
			return at
		}
	}
}

// shown is what the clocks show at t, as if they were in UTC.
func shown(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second)
}
