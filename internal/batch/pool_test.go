package batch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/pace"
	"github.com/offboard-cli/offboard/internal/roster"
)

// bench is a pool with a call and a record of the test's own.
type bench struct {
	Pool
	mu      sync.Mutex
	entries []journal.Entry
	sent    map[string]int
	counts  map[journal.Outcome]int
	full    int // entries that fit on the disk; 0: all
}

func newBench(call func(ctx context.Context, user string, n int) netex.Answer) *bench {
	b := &bench{sent: make(map[string]int), counts: make(map[journal.Outcome]int)}
	b.Pool = Pool{
		Action:      journal.ActionDeactivate,
		Gate:        pace.New(pace.Options{Rate: pace.Unlimited, Outage: 10 * time.Minute}),
		Log:         slog.New(slog.DiscardHandler),
		Concurrency: 4,
		MaxAttempts: 5,
		Drain:       30 * time.Second,
		Record:      b.record,
		Count: func(o journal.Outcome, n int) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.counts[o] += n
		},
	}
	b.Call = func(ctx context.Context, user, _ string) netex.Answer {
		b.mu.Lock()
		b.sent[user]++
		n := b.sent[user]
		b.mu.Unlock()
		return call(ctx, user, n)
	}
	return b
}

func (b *bench) record(entries ...journal.Entry) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full > 0 && len(b.entries) >= b.full {
		return journal.ErrWrite
	}
	b.entries = append(b.entries, entries...)
	return nil
}

// standing follows from the entries, as the journal's state does.
func (b *bench) standing(n int) map[journal.Outcome]int {
	rows := make([]journal.Outcome, n)
	for i := range rows {
		rows[i] = journal.Unsent
	}
	for _, e := range b.entries {
		switch e.Kind {
		case journal.KindSent:
			rows[e.Row-1] = journal.Unknown
		case journal.KindAnswer:
			rows[e.Row-1] = e.Outcome
		case journal.KindWithdraw:
			rows[e.Row-1] = journal.Unsent
			if e.Outcome != "" {
				rows[e.Row-1] = e.Outcome
			}
		}
	}
	m := make(map[journal.Outcome]int)
	for _, o := range rows {
		m[o]++
	}
	return m
}

func people(n int) iter.Seq2[roster.User, error] {
	return func(yield func(roster.User, error) bool) {
		for row := 1; row <= n; row++ {
			if !yield(roster.User{Row: row, User: fmt.Sprint("u", row)}, nil) {
				return
			}
		}
	}
}

func done() netex.Answer {
	return netex.Answer{Outcome: netex.Done, HTTPStatus: 200, Status: 204, Reached: true}
}

func refusedWith(code int, v netex.Verdict) netex.Answer {
	return netex.Answer{Outcome: netex.Failed, Verdict: v, HTTPStatus: code, Reached: true}
}

func nobody(reached bool) netex.Answer {
	return netex.Answer{Outcome: netex.Failed, Verdict: netex.Down, Reached: reached, Message: "connection refused"}
}

func expect(t *testing.T, got map[journal.Outcome]int, want map[journal.Outcome]int) {
	t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEveryUserEndsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(func(_ context.Context, user string, n int) netex.Answer {
			time.Sleep(time.Millisecond)
			switch {
			case strings.HasSuffix(user, "7"):
				return refusedWith(404, netex.Final)
			case strings.HasSuffix(user, "3") && n < 3:
				return refusedWith(408, netex.Again)
			case strings.HasSuffix(user, "5"):
				return refusedWith(200, netex.Again)
			}
			return done()
		})
		if err := b.Run(t.Context(), people(1000)); err != nil {
			t.Fatal(err)
		}
		expect(t, b.standing(1000), map[journal.Outcome]int{journal.Done: 800, journal.Failed: 200})
		expect(t, b.counts, map[journal.Outcome]int{journal.Done: 800, journal.Failed: 200})
		for user, n := range b.sent {
			want := map[byte]int{'3': 3, '5': 5}[user[len(user)-1]]
			if n != max(want, 1) {
				t.Fatalf("%s: %d attempts, want %d", user, n, max(want, 1))
			}
		}
		// Nothing goes out before it is on record.
		open := make(map[int]bool)
		for _, e := range b.entries {
			if e.Kind == journal.KindSent {
				open[e.Row] = true
			} else if !open[e.Row] {
				t.Fatalf("row %d has an answer before its sent line", e.Row)
			}
		}
	})
}

func TestPanicIsOneUsersFailure(t *testing.T) {
	b := newBench(func(_ context.Context, user string, _ int) netex.Answer {
		if user == "u5" {
			panic("boom")
		}
		return done()
	})
	if err := b.Run(t.Context(), people(20)); err != nil {
		t.Fatal(err)
	}
	expect(t, b.standing(20), map[journal.Outcome]int{journal.Done: 19, journal.Failed: 1})
	for _, e := range b.entries {
		if e.Kind == journal.KindAnswer && e.Row == 5 && !strings.Contains(e.Answer.Message, "boom") {
			t.Errorf("the failure says %q", e.Answer.Message)
		}
	}
}

func TestInterruptDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := newBench(func(ctx context.Context, user string, _ int) netex.Answer {
			if user == "u20" {
				cancel()
			}
			select {
			case <-time.After(5 * time.Second):
				return done()
			case <-ctx.Done():
				return nobody(true)
			}
		})
		if err := b.Run(ctx, people(100)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the interrupt: an interrupted run must not look finished", err)
		}
		got := b.standing(100)
		if got[journal.Unknown] != 0 || got[journal.Failed] != 0 || got[journal.Done]+got[journal.Unsent] != 100 {
			t.Errorf("got %v, want every user done or unsent", got)
		}
		if len(b.sent) != got[journal.Done] {
			t.Errorf("%d users were sent, %d are done", len(b.sent), got[journal.Done])
		}
	})
}

func TestDrainHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		b := newBench(func(ctx context.Context, _ string, _ int) netex.Answer {
			cancel()
			<-ctx.Done()
			return nobody(true)
		})
		begin := time.Now()
		if err := b.Run(ctx, people(100)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want the interrupt", err)
		}
		if d := time.Since(begin); d != b.Drain {
			t.Errorf("drained for %v, want %v", d, b.Drain)
		}
		// They may have been received: nobody knows what became of them.
		if got := b.standing(100); got[journal.Unknown] != len(b.sent) || got[journal.Failed] != 0 {
			t.Errorf("got %v, want the %d sent users unknown", got, len(b.sent))
		}
	})
}

func TestInterruptInBackoff(t *testing.T) {
	for _, tt := range []struct {
		answer netex.Answer
		want   journal.Outcome
	}{
		{refusedWith(429, netex.Throttled), journal.Unsent}, // proves that nothing was done
		{nobody(false), journal.Unsent},                     // never reached anybody
		{refusedWith(503, netex.Down), journal.Unknown},     // may have been done
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			b := newBench(func(context.Context, string, int) netex.Answer {
				cancel()
				return tt.answer
			})
			b.Run(ctx, people(1))
			expect(t, b.standing(1), map[journal.Outcome]int{tt.want: 1})
		})
	}
}

func TestOutageStopsAndFailsNobody(t *testing.T) {
	for _, concurrency := range []int{1, 4, 32} {
		for reached, want := range map[bool]journal.Outcome{true: journal.Unknown, false: journal.Unsent} {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(func(_ context.Context, user string, _ int) netex.Answer {
					time.Sleep(time.Millisecond)
					var n int
					fmt.Sscanf(user, "u%d", &n)
					if n <= 10 {
						return done()
					}
					return nobody(reached)
				})
				b.Concurrency = concurrency
				if err := b.Run(t.Context(), people(100)); !errors.Is(err, pace.ErrOutage) {
					t.Errorf("got %v, want ErrOutage", err)
				}
				got := b.standing(100)
				if got[journal.Failed] != 0 || got[journal.Done] != 10 || got[journal.Unsent]+got[journal.Unknown] != 90 {
					t.Errorf("%d workers: got %v, want 10 done and nobody failed", concurrency, got)
				}
				if got[want] == 0 || b.counts[journal.Failed] != 0 {
					t.Errorf("%d workers: got %v, counted %v", concurrency, got, b.counts)
				}
			})
		}
	}
}

// TestOutageThatEnds: whoever failed while nobody knew that the tenant was
// down is sent again when it is back.
func TestOutageThatEnds(t *testing.T) {
	for _, concurrency := range []int{1, 4, 32} {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			b := newBench(func(context.Context, string, int) netex.Answer {
				time.Sleep(time.Millisecond)
				if d := time.Since(begin); d > 100*time.Millisecond && d < 5*time.Minute {
					return nobody(true)
				}
				return done()
			})
			b.Concurrency = concurrency
			if err := b.Run(t.Context(), people(10_000)); err != nil {
				t.Fatal(err)
			}
			expect(t, b.standing(10_000), map[journal.Outcome]int{journal.Done: 10_000})
			if b.counts[journal.Failed] != 0 || b.counts[journal.Done] != 10_000 {
				t.Errorf("%d workers: counted %v", concurrency, b.counts)
			}
		})
	}
}

func TestOneUserWithoutAnswerFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(func(_ context.Context, user string, _ int) netex.Answer {
			if user == "u9" {
				return refusedWith(503, netex.Down)
			}
			return done()
		})
		if err := b.Run(t.Context(), people(9)); err != nil {
			t.Fatal(err)
		}
		expect(t, b.standing(9), map[journal.Outcome]int{journal.Done: 8, journal.Failed: 1})
		if b.sent["u9"] != 5 {
			t.Errorf("%d attempts, want 5", b.sent["u9"])
		}
	})
}

func TestUnauthorizedStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(func(_ context.Context, user string, _ int) netex.Answer {
			time.Sleep(time.Millisecond)
			if len(user) > 2 { // from u10 on the token has expired
				return refusedWith(401, netex.Unauthorized)
			}
			return done()
		})
		if err := b.Run(t.Context(), people(500)); !errors.Is(err, ErrUnauthorized) {
			t.Errorf("got %v, want ErrUnauthorized", err)
		}
		expect(t, b.standing(500), map[journal.Outcome]int{journal.Done: 9, journal.Unsent: 491})
		if len(b.sent) > 9+b.Concurrency {
			t.Errorf("%d users were sent", len(b.sent))
		}
	})
}

func TestRedirectStops(t *testing.T) {
	b := newBench(func(context.Context, string, int) netex.Answer {
		a := refusedWith(302, netex.Redirected)
		a.Location = "https://elsewhere.example"
		return a
	})
	var redirect *RedirectError
	if err := b.Run(t.Context(), people(50)); !errors.As(err, &redirect) || redirect.Location != "https://elsewhere.example" {
		t.Errorf("got %v, want a RedirectError", err)
	}
	expect(t, b.standing(50), map[journal.Outcome]int{journal.Unsent: 50})
}

func TestForbidden(t *testing.T) {
	for _, tt := range []struct {
		name  string
		first int // user who is not refused
		n     int
		err   error
		want  map[journal.Outcome]int
	}{
		{"everybody", 0, 100, ErrForbidden, map[journal.Outcome]int{journal.Unsent: 100}},
		{"the first ten", 50, 100, ErrForbidden, map[journal.Outcome]int{journal.Unsent: 100}},
		{"all but the tenth", 10, 100, nil, map[journal.Outcome]int{journal.Done: 1, journal.Failed: 99}},
		{"nine in all", 0, 9, nil, map[journal.Outcome]int{journal.Failed: 9}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBench(func(_ context.Context, user string, _ int) netex.Answer {
				if user == fmt.Sprint("u", tt.first) {
					return done()
				}
				return refusedWith(403, netex.Forbidden)
			})
			b.Concurrency = 1
			if err := b.Run(t.Context(), people(tt.n)); !errors.Is(err, tt.err) {
				t.Errorf("got %v, want %v", err, tt.err)
			}
			expect(t, b.standing(tt.n), tt.want)
			if b.counts[journal.Failed] != tt.want[journal.Failed] {
				t.Errorf("counted %v", b.counts)
			}
		})
	}
}

// TestNothingIsSentThatCannotBeRecorded fills the disk at every place.
func TestNothingIsSentThatCannotBeRecorded(t *testing.T) {
	for full := 1; full < 60; full++ {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(func(context.Context, string, int) netex.Answer {
				time.Sleep(time.Millisecond)
				return done()
			})
			b.full = full
			if err := b.Run(t.Context(), people(100)); !errors.Is(err, journal.ErrWrite) {
				t.Errorf("got %v, want the failed write", err)
			}
			recorded := make(map[string]bool)
			for _, e := range b.entries {
				recorded[e.User] = true
			}
			for user := range b.sent {
				if !recorded[user] {
					t.Errorf("room for %d entries: %s was sent without a record", full, user)
				}
			}
		})
	}
}

func TestChecksWriteNoSentLines(t *testing.T) {
	b := newBench(func(context.Context, string, int) netex.Answer { return refusedWith(403, netex.Forbidden) })
	b.Action = journal.ActionCheck
	b.Concurrency = 1
	if err := b.Run(t.Context(), people(20)); !errors.Is(err, ErrForbidden) {
		t.Errorf("got %v, want ErrForbidden", err)
	}
	n := make(map[journal.Kind]int)
	for _, e := range b.entries {
		n[e.Kind]++
	}
	if n[journal.KindSent] != 0 || n[journal.KindAnswer] != 10 || n[journal.KindWithdraw] != 10 {
		t.Errorf("got %v, want ten answers, all taken back", n)
	}
}

func TestSourceThatBreaks(t *testing.T) {
	b := newBench(func(context.Context, string, int) netex.Answer { return done() })
	broken := errors.New("read error")
	source := func(yield func(roster.User, error) bool) {
		_ = yield(roster.User{Row: 1, User: "u1"}, nil) && yield(roster.User{}, broken)
	}
	if err := b.Run(t.Context(), source); !errors.Is(err, broken) {
		t.Errorf("got %v, want the source's error", err)
	}
	if got := b.standing(1); got[journal.Failed]+got[journal.Unknown] != 0 {
		t.Errorf("got %v, want the first user done or unsent", got)
	}
}
