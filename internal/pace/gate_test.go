package pace

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// hammer has workers send through the gate for d, each attempt lasting the
// latency, and returns when they started.
func hammer(g *Gate, workers int, d time.Duration, send func(Pass) (Result, time.Duration)) []time.Time {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	var mu sync.Mutex
	var starts []time.Time
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for {
				p, err := g.Wait(ctx)
				if err != nil {
					return
				}
				mu.Lock()
				starts = append(starts, time.Now())
				mu.Unlock()
				r, after := send(p)
				g.Report(p, r, after, "")
			}
		})
	}
	wg.Wait()
	return starts
}

func good(latency time.Duration) func(Pass) (Result, time.Duration) {
	return func(Pass) (Result, time.Duration) {
		time.Sleep(latency)
		return Answered, 0
	}
}

// densest is the largest number of starts in any second.
func densest(starts []time.Time) int {
	most, from := 0, 0
	for to := range starts {
		for starts[to].Sub(starts[from]) >= time.Second {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}

func TestRate(t *testing.T) {
	for _, tt := range []struct {
		rate    float64
		burst   int
		workers int
		latency time.Duration
		seconds int
	}{
		{1, 1, 16, time.Millisecond, 30},
		{10, 1, 16, 300 * time.Millisecond, 30},
		{500, 25, 64, 5 * time.Millisecond, 10},
		{5000, 250, 64, time.Millisecond, 5},
		{10, 100, 16, time.Millisecond, 10},
	} {
		t.Run(fmt.Sprintf("%v per second, burst %d", tt.rate, tt.burst), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := New(Options{Rate: tt.rate, Burst: tt.burst, Outage: time.Minute})
				starts := hammer(g, tt.workers, time.Duration(tt.seconds)*time.Second, good(tt.latency))
				want := tt.rate * float64(tt.seconds)
				if n := float64(len(starts)); n < want*0.99-1 || n > want*1.01+1 {
					t.Errorf("%v attempts in %d s, want %v within 1 %%", n, tt.seconds, want)
				}
				if most, allowed := densest(starts), int(tt.rate)+tt.burst; most > allowed {
					t.Errorf("%d attempts in one second, more than rate + burst = %d", most, allowed)
				}
			})
		})
	}
}

// TestRateAfterIdle lets the bucket fill while the tenant is slow, and pauses
// end: no second may hold more than rate + burst.
func TestRateAfterIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Rate: 100, Burst: 20, Outage: time.Minute})
		begin := time.Now()
		starts := hammer(g, 16, 30*time.Second, func(Pass) (Result, time.Duration) {
			if time.Since(begin)%(5*time.Second) < 2*time.Second {
				time.Sleep(2 * time.Second) // all workers hang, the bucket fills
			}
			time.Sleep(time.Millisecond)
			return Answered, 0
		})
		if most := densest(starts); most > 120 {
			t.Errorf("%d attempts in one second, more than rate + burst = 120", most)
		}
	})
}

func TestFirstAttemptGoesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Rate: 1. / 60, Burst: 1, Outage: time.Minute})
		begin := time.Now()
		if _, err := g.Wait(t.Context()); err != nil || time.Since(begin) != 0 {
			t.Errorf("waited %v, %v", time.Since(begin), err)
		}
	})
}

// TestPauseHoldsEverybody: while one attempt's Retry-After runs, nobody else
// goes, not even who already waited for the rate.
func TestPauseHoldsEverybody(t *testing.T) {
	for _, r := range []Result{Throttled, Nobody, Answered} {
		synctest.Test(t, func(t *testing.T) {
			g := New(Options{Rate: 100, Burst: 5, Outage: time.Minute})
			var from, to time.Time
			n := 0
			starts := hammer(g, 8, 20*time.Second, func(p Pass) (Result, time.Duration) {
				if n++; n == 50 {
					from, to = time.Now(), time.Now().Add(7*time.Second)
					return r, 7 * time.Second
				}
				time.Sleep(time.Millisecond)
				return Answered, 0
			})
			for _, s := range starts {
				if s.After(from) && s.Before(to) {
					t.Fatalf("result %d: an attempt began %v into the pause", r, s.Sub(from))
				}
			}
			if last := starts[len(starts)-1]; !last.After(to) {
				t.Errorf("result %d: nothing was sent after the pause", r)
			}
		})
	}
}

func TestPauseIsCapped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Rate: 10, Burst: 1, Outage: 30 * time.Second})
		p, _ := g.Wait(t.Context())
		g.Report(p, Throttled, 24*time.Hour, "")
		begin := time.Now()
		if _, err := g.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begin); d > 31*time.Second {
			t.Errorf("waited %v, more than the outage of 30 s", d)
		}
	})
}

func TestWaitGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Rate: 1. / 3600, Burst: 1, Outage: time.Hour})
		if _, err := g.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if _, err := g.Wait(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("got %v, want the context's error", err)
				}
			})
		}
		wg.Wait()
		begin := time.Now()
		if _, err := g.Wait(t.Context()); err != nil || time.Since(begin) > time.Hour {
			t.Errorf("after 100 gave up: waited %v, %v; they left a debt of tokens", time.Since(begin), err)
		}
	})
}

func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Rate: Unlimited, Outage: 10 * time.Minute})
		begin := time.Now()
		under, most, sent := 0, 0, 0
		var mu sync.Mutex
		ctx := t.Context()
		errs := make([]error, 16)
		var wg sync.WaitGroup
		for w := range errs {
			wg.Go(func() {
				for errs[w] == nil {
					var p Pass
					if p, errs[w] = g.Wait(ctx); errs[w] != nil {
						return
					}
					mu.Lock()
					under++
					sent++
					if sent > 2*outageStreak {
						most = max(most, under)
					}
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					under--
					mu.Unlock()
					g.Report(p, Nobody, 0, "")
				}
			})
		}
		wg.Wait()
		for w, err := range errs {
			if !errors.Is(err, ErrOutage) {
				t.Errorf("worker %d: got %v, want ErrOutage", w, err)
			}
		}
		if most != 1 {
			t.Errorf("%d requests probe at once, want 1", most)
		}
		if d := time.Since(begin); d < 10*time.Minute || d > 11*time.Minute {
			t.Errorf("gave up after %v, want 10 minutes", d)
		}
	})
}

func TestOutageEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Rate: 100, Burst: 5, Outage: 10 * time.Minute})
		begin := time.Now()
		back := begin.Add(3 * time.Minute)
		var downSeen atomic.Bool
		starts := hammer(g, 16, 5*time.Minute, func(Pass) (Result, time.Duration) {
			time.Sleep(10 * time.Millisecond)
			if g.State().Down {
				downSeen.Store(true)
			}
			if time.Now().Before(back) {
				return Nobody, 0
			}
			return Answered, 0
		})
		if !downSeen.Load() {
			t.Error("the outage was not seen")
		}
		probes, after := 0, 0
		for _, s := range starts {
			if s.Before(back) {
				probes++
			} else {
				after++
			}
		}
		if probes > 60 {
			t.Errorf("%d attempts while the tenant was down", probes)
		}
		// The last probe before it came back may have to wait for half a minute.
		if after < 100*60 {
			t.Errorf("%d attempts after it came back, want the full rate again", after)
		}
		if most := densest(starts); most > 105 {
			t.Errorf("%d attempts in one second, more than rate + burst", most)
		}
	})
}

// TestStreakIsBroken: nineteen failures, an answer, nineteen failures are no
// outage.
func TestStreakIsBroken(t *testing.T) {
	g := New(Options{Rate: Unlimited, Outage: time.Minute})
	for i := range 3 * outageStreak {
		p, err := g.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r := Nobody
		if i%outageStreak == outageStreak-1 {
			r = Answered
		}
		if s := g.Report(p, r, 0, ""); s.Down {
			t.Fatalf("attempt %d: an outage", i)
		}
	}
	if s := g.State(); s.Era != 3 {
		t.Errorf("%d streaks, want 3", s.Era)
	}
}

// tenant allows a rate of its own, with one second's worth at once.
func tenant(limit float64, retryAfter time.Duration) func(Pass) (Result, time.Duration) {
	l := rate.NewLimiter(rate.Limit(limit), int(limit))
	return func(Pass) (Result, time.Duration) {
		time.Sleep(5 * time.Millisecond)
		if l.Allow() {
			return Answered, 0
		}
		return Throttled, retryAfter
	}
}

// TestConverges: against a tenant that allows 50/s, a rate of 200/s, and one
// without a limit, come to use nearly all of that and are rarely refused.
func TestConverges(t *testing.T) {
	for _, top := range []float64{200, 60, Unlimited} {
		t.Run(fmt.Sprint(top), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const limit = 50
				g := New(Options{Rate: top, Burst: 10, Outage: time.Hour})
				serve := tenant(limit, time.Second)
				refused, served, all := 0, 0, 0
				var mu sync.Mutex
				begin := time.Now()
				hammer(g, 16, 10*time.Minute, func(p Pass) (Result, time.Duration) {
					r, after := serve(p)
					mu.Lock()
					defer mu.Unlock()
					if time.Since(begin) > time.Minute {
						all++
						if r == Throttled {
							refused++
						} else {
							served++
						}
					}
					return r, after
				})
				used := float64(served) / (9 * 60 * limit)
				if used < 0.95 {
					t.Errorf("after a minute %.1f %% of the tenant's limit is used, want 95 %%", 100*used)
				}
				if share := float64(refused) / float64(all); share > 0.02 {
					t.Errorf("%.2f %% of the attempts are refused, want less than 2 %%", 100*share)
				}
				t.Logf("%.1f %% used, %d of %d refused", 100*used, refused, all)
			})
		})
	}
}

func TestThrottleHalvesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Options{Rate: 100, Burst: 10, Outage: time.Minute})
		var passes []Pass
		for range 5 {
			p, err := g.Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			passes = append(passes, p)
		}
		time.Sleep(10 * time.Millisecond)
		for _, p := range passes {
			g.Report(p, Throttled, time.Second, "")
		}
		if c := g.Condition(); c.Rate != 50 || !c.Throttled {
			t.Errorf("five 429s of one moment: rate %v, want 50", c.Rate)
		}
		time.Sleep(time.Hour)
		if c := g.Condition(); c.Rate != 100 || c.Throttled {
			t.Errorf("an hour later: rate %v, want 100 and not above", c.Rate)
		}
	})
}

func TestBackoff(t *testing.T) {
	for n, most := range map[int]time.Duration{
		1: 500 * time.Millisecond, 2: time.Second, 3: 2 * time.Second, 6: 16 * time.Second,
		7: 30 * time.Second, 8: 30 * time.Second, 1000: 30 * time.Second,
	} {
		low, high := most, time.Duration(0)
		for range 2000 {
			d := Backoff(n)
			if d < 0 || d > most {
				t.Fatalf("after %d failures: %v, want 0 to %v", n, d, most)
			}
			low, high = min(low, d), max(high, d)
		}
		if low > most/10 || high < most*9/10 {
			t.Errorf("after %d failures: %v to %v, want full jitter up to %v", n, low, high, most)
		}
	}
}
