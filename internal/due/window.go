package due

import (
	"fmt"
	"strings"
	"time"
)

// Window is a time of day in which work is allowed, as the clocks of a zone
// show it: what they skip is not there, and what they show twice is there
// twice. ParseWindow makes it.
type Window struct {
	from, to time.Duration // since midnight; to < from goes over midnight
	zone     *time.Location
	text     string
}

const day = 24 * time.Hour

// ParseWindow reads from-to, such as 22:00-06:00 or 18:30-24:00. The window is
// open at from and closed at to.
func ParseWindow(text string, zone *time.Location) (Window, error) {
	from, to, _ := strings.Cut(text, "-")
	w := Window{zone: zone, text: text}
	var err error
	if w.from, err = parseClock(from); err == nil {
		w.to, err = parseClock(strings.Replace(to, "24:00", "00:00", 1))
	}
	if err != nil {
		return Window{}, fmt.Errorf("%q is no time window: write it as 22:00-06:00", text)
	}
	if w.from == w.to {
		return Window{}, fmt.Errorf("%q ends where it begins: leave the time window out to work at any time", text)
	}
	return w, nil
}

func parseClock(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", s)
	return clock(t), err
}

// clock is what a clock on the wall shows, since its last midnight.
func clock(t time.Time) time.Duration {
	hour, minute, second := t.Clock()
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(t.Nanosecond())
}

// String is the window as it was written.
func (w Window) String() string { return w.text }

// Open tells whether work is allowed at t.
func (w Window) Open(t time.Time) bool {
	c := clock(t.In(w.zone))
	if w.from < w.to {
		return w.from <= c && c < w.to
	}
	return w.from <= c || c < w.to
}

// Begins is the first instant from t on at which the window is open: t itself,
// if it is.
func (w Window) Begins(t time.Time) time.Time { return w.first(true, t, w.from) }

// Ends is the first instant from t on at which the window is closed: t itself,
// if it is.
func (w Window) Ends(t time.Time) time.Time { return w.first(false, t, w.to) }

// first goes on to the time of day at which the window changes, looking again
// wherever the zone's clocks are changed on the way.
func (w Window) first(open bool, t time.Time, at time.Duration) time.Time {
	t = t.In(w.zone)
	for w.Open(t) != open {
		next := t.Add((at - clock(t) + day) % day)
		if _, end := t.ZoneBounds(); !end.IsZero() && end.Before(next) {
			next = end
		}
		t = next
	}
	return t
}
