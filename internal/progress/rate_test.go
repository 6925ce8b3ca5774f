package progress

import (
	"testing"
	"time"
)

// A run that sends 10 a second, waits for a minute, and sends 2 a second.
func TestRateForgets(t *testing.T) {
	var r recent
	start := time.Now()
	var settled int64 = 5000 // an earlier command's, not part of the rate
	at := func(second int) float64 { return r.rate(start.Add(time.Duration(second)*time.Second), settled) }

	if got := at(0); got != 0 {
		t.Errorf("at the start: got %v, want 0", got)
	}
	for second := 1; second <= 180; second++ {
		switch {
		case second <= 60:
			settled += 10
		case second > 120:
			settled += 2
		}
		got := at(second)
		want, known := map[int]float64{1: 10, 60: 10, 75: 5, 90: 0, 120: 0, 135: 1, 150: 2, 180: 2}[second]
		if known && got != want {
			t.Errorf("after %d s: got %v, want %v", second, got, want)
		}
	}
	if len(r) > 32 {
		t.Errorf("%d samples kept", len(r))
	}
}

func TestRateFirstSecond(t *testing.T) {
	var r recent
	now := time.Now()
	r.rate(now, 0)
	if got := r.rate(now.Add(200*time.Millisecond), 16); got != 0 {
		t.Errorf("got %v, want 0: too early to tell", got)
	}
}
