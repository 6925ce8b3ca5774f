package progress

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// plainLine is what a log gets every now and then.
func plainLine(s standing, rate float64) string {
	if s.total <= 0 {
		return fmt.Sprintf("offboard: %s users: %s; %s\n", thousands(s.settled), s.counts, pace(s, rate))
	}
	// rounded down: 100 % is for the end
	percent := math.Floor(float64(s.settled)*1000/float64(s.total)) / 10
	return fmt.Sprintf("offboard: %s of %s users (%.1f%%): %s; %s\n",
		thousands(s.settled), thousands(s.total), percent, s.counts, pace(s, rate))
}

// pace is the rate and the time left, or the note, which says why neither
// means anything now.
func pace(s standing, rate float64) string {
	if s.note != "" {
		return s.note
	}
	if s.total <= 0 {
		return speed(rate)
	}
	return speed(rate) + ", " + timeLeft(s.total-s.settled, rate) + " left"
}

func speed(rate float64) string {
	switch {
	case rate >= 1000:
		return thousands(int64(math.Round(rate))) + "/s"
	case rate >= 1 || rate == 0:
		return fmt.Sprintf("%.1f/s", rate)
	default:
		return fmt.Sprintf("%.1f/min", rate*60)
	}
}

func timeLeft(users int64, rate float64) string {
	const unheardOf = 1000 * 24 * 60 * 60
	if users <= 0 {
		return "0s"
	}
	seconds := float64(users) / rate
	if rate <= 0 || seconds > unheardOf {
		return "-"
	}
	return duration(time.Duration(seconds * float64(time.Second)))
}

// duration rounds to what matters: 35s, 14m35s, 4h9m, 3d4h.
func duration(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Hour:
		return d.Round(time.Second).String()
	case d < 2*day:
		return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
	default:
		d = d.Round(time.Hour)
		return fmt.Sprintf("%dd%dh", d/day, d%day/time.Hour)
	}
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
