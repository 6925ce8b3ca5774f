package pace

import (
	"math"
	"math/rand/v2"
	"time"

	"golang.org/x/time/rate"
)

// After a 429 the rate is half of what it was. It is back just under that
// after two seconds, stays about there for a while, and then looks for more
// ever faster, as a tenant's limit may have been lifted.
const (
	back    = 2 * time.Second
	just    = 0.97
	plateau = 180 * time.Second // from here the rate has doubled
)

// throttle is the tenant's own limit, as far as its 429s have told.
type throttle struct {
	peak rate.Limit // in force at the last cut
	from time.Time  // end of the last cut's pause; zero: never cut
	at   time.Time  // the last cut
	cuts int        // since the last good answer

	passes int       // attempts since counted
	since  time.Time // at most a second or two ago
}

// limit is the rate in force, never above top.
func (t *throttle) limit(top rate.Limit, now time.Time) rate.Limit {
	if t.from.IsZero() {
		return top
	}
	d := now.Sub(t.from)
	l := t.peak / 2
	switch {
	case d >= back:
		l = t.peak * just * rate.Limit(1+math.Pow(float64(d-back)/float64(plateau), 3))
	case d > 0:
		l += t.peak * (just - 0.5) * rate.Limit(d) / rate.Limit(back)
	}
	return min(l, top)
}

// cut halves the rate, once for all the attempts that were under way together,
// and reports whether it did.
func (t *throttle) cut(top rate.Limit, started, now time.Time) bool {
	if started.Before(t.at) {
		return false
	}
	t.peak = t.limit(top, now)
	if t.peak == rate.Inf {
		t.peak = t.measured(now)
	}
	t.at, t.from = now, now
	t.cuts++
	return true
}

// hold lets the way back begin at to.
func (t *throttle) hold(to time.Time) {
	if !t.from.IsZero() && to.After(t.from) {
		t.from = to
	}
}

// count notes an attempt, to know the rate of a gate without a limit.
func (t *throttle) count(now time.Time) {
	if now.Sub(t.since) > 2*time.Second {
		t.since, t.passes = now, 0
	}
	t.passes++
}

func (t *throttle) measured(now time.Time) rate.Limit {
	return rate.Limit(float64(t.passes) / max(now.Sub(t.since).Seconds(), 0.1))
}

// The wait before an attempt that follows the n-th failed one (from 1) is a
// random part of base, doubled each time, never above longest.
const (
	base    = 500 * time.Millisecond
	longest = 30 * time.Second
)

// Backoff is how long to wait after the n-th failure in a row, with full
// jitter.
func Backoff(n int) time.Duration {
	most := longest
	if shift := max(0, n-1); shift < 6 {
		most = min(longest, base<<shift)
	}
	return rand.N(most + 1)
}
