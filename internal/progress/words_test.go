package progress

import (
	"testing"
	"time"

	"github.com/rivo/uniseg"
)

func counter(total int64, counts ...int64) *Counter {
	c := NewCounter(total, "done", "pending", "failed", "skipped")
	for i, n := range counts {
		c.Add(i, n)
	}
	return c
}

func noted(c *Counter, words string) *Counter {
	c.Note(words)
	return c
}

func TestPlainLine(t *testing.T) {
	for _, tt := range []struct {
		counter *Counter
		rate    float64
		want    string
	}{
		{counter(10_000, 1200, 40, 10), 10, "1,250 of 10,000 users (12.5%): 1,200 done, 40 pending, 10 failed; 10.0/s, 14m35s left"},
		{counter(10_000), 0, "0 of 10,000 users (0.0%): 0 done; 0.0/s, - left"},
		{counter(100_000, 99_999), 2345.6, "99,999 of 100,000 users (99.9%): 99,999 done; 2,346/s, 0s left"},
		{counter(3, 2, 0, 0, 1), 5, "3 of 3 users (100.0%): 2 done, 1 skipped; 5.0/s, 0s left"},
		{counter(1000, 100), 0.5, "100 of 1,000 users (10.0%): 100 done; 30.0/min, 30m0s left"},
		{counter(0, 1200, 40), 10, "1,240 users: 1,200 done, 40 pending; 10.0/s"},
		{
			noted(counter(10, 1), "tenant asks for a pause of 12 s"), 1,
			"1 of 10 users (10.0%): 1 done; tenant asks for a pause of 12 s",
		},
		{noted(noted(counter(10, 1), "draining"), ""), 1, "1 of 10 users (10.0%): 1 done; 1.0/s, 9s left"},
		{noted(counter(10, 1), "a\nb\x1b[2J\u202ec\td"), 1, "1 of 10 users (10.0%): 1 done; a b?[2J?c d"},
	} {
		want := "offboard: " + tt.want + "\n"
		if got := plainLine(tt.counter.standing(), tt.rate); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestBarText(t *testing.T) {
	for _, tt := range []struct {
		counter *Counter
		columns int
		want    string
	}{
		{
			counter(10_000, 1200, 40, 10), 200,
			"  12% ###...........................  of 10,000: 1,200 done, 40 pending, 10 failed; 10.0/s, 14m35s left",
		},
		{
			counter(10_000, 1200, 40, 10), 80,
			"  12% ......  of 10,000: 1,200 done, 40 pending, 10 failed; 10.0/s, 14m35s left",
		},
		{
			counter(250_000, 100_000, 240, 10), 80,
			"  40% #..  of 250,000: 100,000 done, 240 pending, 10 failed; 10.0/s, 4h10m left",
		},
		{counter(10_000, 1200, 40, 10), 40, "  12%   of 10,000: 1,200 done, 40 pendi"},
		{counter(4, 3, 1), 60, " 100% ###########  of 4: 3 done, 1 pending; 10.0/s, 0s left"},
		{counter(4, 5), 50, " 100% ############  of 4: 5 done; 10.0/s, 0s left"},
		{counter(0, 7), 80, "7 done; 10.0/s"},
		{counter(0), 5, "0 do"},
		{counter(9), 1, ""},
		{noted(counter(9, 1), "漢字漢字"), 31, "  11%   of 9: 1 done; 漢字漢字"},
		{noted(counter(9, 1), "漢字漢字"), 30, "  11%   of 9: 1 done; 漢字漢"},
	} {
		got := barText(tt.counter.standing(), 10, tt.columns)
		if got != tt.want {
			t.Errorf("%d columns:\ngot  %q\nwant %q", tt.columns, got, tt.want)
		}
		if width := uniseg.StringWidth(got); width >= tt.columns {
			t.Errorf("%d columns: %q fills %d", tt.columns, got, width)
		}
	}
}

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		400 * time.Millisecond:             "0s",
		35 * time.Second:                   "35s",
		14*time.Minute + 35*time.Second:    "14m35s",
		time.Hour + 29*time.Second:         "1h0m",
		4*time.Hour + 9*time.Minute:        "4h9m",
		30 * time.Hour:                     "30h0m",
		3*24*time.Hour + 4*time.Hour + 1e9: "3d4h",
	} {
		if got := duration(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestTimeLeftUnknown(t *testing.T) {
	for _, rate := range []float64{0, -1, 1e-9} {
		if got := timeLeft(1_000_000, rate); got != "-" {
			t.Errorf("rate %g: got %q, want -", rate, got)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 999: "999", 1000: "1,000", 999_999: "999,999", 12_345_678: "12,345,678", -1000: "-1,000", -100: "-100",
	} {
		if got := thousands(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
