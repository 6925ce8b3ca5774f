package report

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
)

// TestTimeline: bars grow as time does, and no answer is lost.
func TestTimeline(t *testing.T) {
	for _, whole := range []time.Duration{0, time.Second, 119 * time.Second, 2 * time.Minute, 7 * time.Hour, 400 * 24 * time.Hour} {
		l := newTimeline(start)
		const answers = 1000
		for i := range answers {
			l.add(start.Add(whole*time.Duration(i)/(answers-1)), i%3)
		}
		l.add(start.Add(-time.Hour), 0) // the clock was set back
		sum := 0
		for _, b := range l.bars {
			sum += b.sum()
		}
		if sum != answers+1 || len(l.bars) > maxBars || time.Duration(len(l.bars)-1)*l.width > whole {
			t.Errorf("%s: %d answers in %d bars of %s", whole, sum, len(l.bars), l.width)
		}
	}
}

// TestDelays judges bins and percentiles by the sorted values.
func TestDelays(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 99, 100, 5000} {
		d, all := make(delays), make([]int64, n)
		for i := range all {
			all[i] = int64(random.ExpFloat64() * 100)
			d[all[i]]++
		}
		slices.Sort(all)
		for _, p := range []int{50, 95, 99, 100} {
			want := all[(n*p+99)/100-1]
			if got := d.percentiles(p)[0]; got != want {
				t.Errorf("%d values: %d %% within %d, want %d", n, p, got, want)
			}
		}
		bins, most := d.bins()
		sum := 0
		for i, b := range bins {
			sum += b.n
			if b.n > most || b.from >= b.to || i > 0 && bins[i-1].to != b.from {
				t.Errorf("%d values: bin %v", n, b)
			}
		}
		if sum != n || bins[0].from > all[0] || bins[len(bins)-1].to <= all[n-1] {
			t.Errorf("%d of %d values are in bins %v", sum, n, bins)
		}
	}
}

func TestCeiling(t *testing.T) {
	for _, c := range [][2]float64{{0.3, 0.3}, {0.31, 0.4}, {1, 1}, {9.5, 10}, {11, 12}, {42, 50}, {1050, 1200}} {
		if got := ceiling(c[0]); fmt.Sprintf("%.6g", got) != fmt.Sprintf("%.6g", c[1]) {
			t.Errorf("above %v: got %v, want %v", c[0], got, c[1])
		}
	}
}

// TestShareOut: who needs attention comes first, and nobody more than there
// are.
func TestShareOut(t *testing.T) {
	counts := map[journal.Outcome]int{journal.Failed: 4, journal.Pending: 9, journal.Done: 100, journal.Unsent: 1}
	for places, want := range map[int]string{0: "[0 0 0 0 0 0]", 3: "[0 3 0 0 0 0]", 10: "[0 4 6 0 0 0]", 20: "[0 4 9 1 6 0]", 1000: "[0 4 9 1 100 0]"} {
		if got := fmt.Sprint(shareOut(counts, places)); got != want {
			t.Errorf("%d places: got %s, want %s", places, got, want)
		}
	}
}

// TestStack: few people among many can be seen, and all parts fill the bar.
func TestStack(t *testing.T) {
	got := fmt.Sprint(stack([]standing{{Outcome: "done", N: 999_985}, {Outcome: "pending"}, {Outcome: "failed", N: 15}}, 1_000_000))
	if want := "[{done 0% 99.25%} {failed 99.25% 0.75%}]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if stack(nil, 0) != nil {
		t.Error("a bar of nobody")
	}
}

func TestReasons(t *testing.T) {
	var r reasons
	for i := range maxReasons + 50 {
		r.add(results.Person{Why: fmt.Sprintf("reason %04d", i%(maxReasons+10))})
	}
	top, other := r.top(3)
	if fmt.Sprint(top) != "[{reason 0000 2} {reason 0001 2} {reason 0002 2}]" || other != maxReasons+50-6 {
		t.Errorf("got %v and %d others", top, other)
	}
}

// TestReasonsShared: two people's reasons are one when only names and numbers
// differ.
func TestReasonsShared(t *testing.T) {
	answer := &journal.Answer{HTTPStatus: 404}
	for _, p := range []results.Person{
		{User: "jane.doe", Why: "User jane.doe not found", Answer: answer},
		{User: "bob", Why: "User bob not found", Answer: answer},
		{User: "x", Why: "User ff808181556ee70e015572136a250012 not found", Answer: answer},
		{User: "y", Why: "User 1234567 not found", Answer: answer},
	} {
		if got := reasonOf(p); got != "User … not found (404)" {
			t.Errorf("%s: %s", p.Why, got)
		}
	}
}
