package netex

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// dateOf is when an answer was made, by the clock that a date in it is of, too:
// this machine's may be wrong, or be set meanwhile.
func dateOf(resp *http.Response) time.Time {
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		return at
	}
	return time.Now()
}

// RetryAfter reads the header of that name: seconds, whole or decimal, or a
// date, seen from now. It is 0 when there is none, none that can be read, or one
// in the past, and never more than a day: no operator waits longer.
func RetryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(value, 64); err == nil {
		return seconds(s)
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(0, at.Sub(now)), longest)
}

const longest = 24 * time.Hour

// seconds minds that a float beyond the range of a Duration has no defined
// conversion.
func seconds(s float64) time.Duration {
	if !(s > 0) {
		return 0
	}
	if s > longest.Seconds() {
		return longest
	}
	return time.Duration(s * float64(time.Second))
}
