// Package pace says when the next attempt may go: the rate, the pauses that
// the tenant asks for, and outages. One Gate serves a whole process.
package pace

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// ErrOutage ends the wait for a tenant that has answered nobody for too long.
var ErrOutage = errors.New("the tenant has been down for too long")

// outageStreak is the number of attempts in a row, over all workers, without
// an answer that make an outage.
const outageStreak = 20

// Unlimited is a rate without a limit.
const Unlimited = float64(rate.Inf)

// Options are a Gate's settings.
type Options struct {
	Rate   float64       // attempts per second, or Unlimited
	Burst  int           // tokens that may be used at once
	Outage time.Duration // how long a tenant may be down; no pause is longer
}

// Result is what an attempt tells the gate.
type Result int

const (
	Answered  Result = iota // the tenant is there
	Throttled               // it is there and asks for less
	Nobody                  // connection error or 5xx: it may be down
)

// Gate lets attempts through one at a time.
type Gate struct {
	turn   chan struct{} // held by the one caller that waits
	rate   *rate.Limiter
	top    rate.Limit
	bucket int
	outage time.Duration

	mu        sync.Mutex
	pausedTo  time.Time
	throttled throttle
	streak    int       // attempts in a row without an answer
	since     time.Time // when the streak began
	era       int       // counts the streaks
	why       string    // the last attempt got no answer
	down      bool
	probes    int           // in this outage
	probe     chan struct{} // closed when the probe under way has ended; nil without one
}

// Pass is the leave for one attempt.
type Pass struct {
	Started time.Time
	probe   bool
}

// New returns a gate whose bucket holds one token, so that the first second
// too stays within rate and burst.
func New(o Options) *Gate {
	// The rest of the burst makes up for requests that are held up on their
	// way and arrive together with later ones.
	bucket := max(1, (o.Burst+1)/2)
	g := &Gate{
		turn:   make(chan struct{}, 1),
		rate:   rate.NewLimiter(rate.Limit(o.Rate), bucket),
		top:    rate.Limit(o.Rate),
		bucket: bucket,
		outage: o.Outage,
	}
	g.drain(1)
	return g
}

// drain leaves at most keep tokens.
func (g *Gate) drain(keep int) {
	now := time.Now()
	if n := int(g.rate.TokensAt(now)) - keep; n > 0 && g.rate.Limit() != rate.Inf {
		g.rate.AllowN(now, n)
	}
}

// Wait returns when an attempt may go. It fails with ctx's error or with
// ErrOutage. Each Pass must be handed back by Report.
//
// Only one caller at a time waits for the rate and for the end of a pause:
// callers that wait inside the limiter keep their slots when the limit
// changes, and leave a debt of tokens when they give up together.
func (g *Gate) Wait(ctx context.Context) (Pass, error) {
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return Pass{}, ctx.Err()
	}
	g.adjust()
	// Limiter.Wait does not look at ctx when a token is there; open does.
	if err := g.rate.Wait(ctx); err != nil {
		return Pass{}, err
	}
	return g.open(ctx)
}

// adjust sets the rate that is in force now.
func (g *Gate) adjust() {
	now := time.Now()
	g.mu.Lock()
	l := g.throttled.limit(g.top, now)
	g.mu.Unlock()
	if l == g.rate.Limit() {
		return
	}
	burst := g.bucket
	if l < g.top {
		burst = max(1, min(burst, int(l/20)))
	}
	g.rate.SetLimitAt(now, l)
	g.rate.SetBurstAt(now, burst)
}

// open waits for the end of pauses and outages.
func (g *Gate) open(ctx context.Context) (Pass, error) {
	for waited := false; ; waited = true {
		if err := ctx.Err(); err != nil {
			return Pass{}, err
		}
		pass, wait, err := g.enter(time.Now())
		if err != nil {
			return Pass{}, err
		}
		if wait == nil {
			if waited {
				g.drain(0)
			}
			return pass, nil
		}
		wait(ctx)
	}
}

// enter returns a pass, or what to wait for before asking again. In an outage
// the caller that finds the gate open becomes the probe.
func (g *Gate) enter(now time.Time) (Pass, func(context.Context), error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	pause := g.pausedTo.Sub(now)
	if g.down {
		if probe := g.probe; probe != nil {
			return Pass{}, func(ctx context.Context) { await(ctx, probe) }, nil
		}
		left := g.since.Add(g.outage).Sub(now)
		if left <= 0 {
			return Pass{}, nil, fmt.Errorf("%w: %s", ErrOutage, g.why)
		}
		pause = min(pause, left)
	}
	if pause > 0 {
		return Pass{}, func(ctx context.Context) { Sleep(ctx, pause) }, nil
	}
	g.throttled.count(now)
	if !g.down {
		return Pass{Started: now}, nil, nil
	}
	g.probe = make(chan struct{})
	g.probes++
	return Pass{Started: now, probe: true}, nil, nil
}

// Report tells the gate how an attempt has ended, and how long the tenant
// asks to wait, 0 if it does not. why is said of an attempt without an answer.
func (g *Gate) Report(p Pass, r Result, retryAfter time.Duration, why string) State {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	pause := retryAfter
	if r == Throttled && g.throttled.cut(g.top, p.Started, now) {
		pause = max(pause, Backoff(g.throttled.cuts))
	}
	if r == Nobody {
		g.unanswered(p.Started, why)
	} else {
		g.answered(r)
	}
	if g.down {
		pause = max(pause, Backoff(g.probes+1))
	}
	g.pause(now, min(pause, g.outage))
	if p.probe {
		close(g.probe)
		g.probe = nil
	}
	return g.state()
}

func (g *Gate) pause(now time.Time, d time.Duration) {
	to := now.Add(d)
	if d <= 0 || !to.After(g.pausedTo) {
		return
	}
	g.pausedTo = to
	g.throttled.hold(to)
}

func (g *Gate) unanswered(started time.Time, why string) {
	g.why = why
	if g.streak == 0 {
		g.since = started
		g.era++
	}
	g.streak++
	if g.streak == outageStreak {
		g.down = true
		g.probes = 0
	}
}

func (g *Gate) answered(r Result) {
	g.streak = 0
	g.down = false
	if r == Answered {
		g.throttled.cuts = 0
	}
}

// State is how sure it is that the tenant is there.
type State struct {
	Era     int  // number of the current or last streak of attempts without an answer
	Doubted bool // such a streak is under way
	Down    bool // it is an outage
}

// State returns the gate's present state.
func (g *Gate) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state()
}

func (g *Gate) state() State {
	return State{Era: g.era, Doubted: g.streak > 0, Down: g.down}
}

// Condition is what a display shows of the gate.
type Condition struct {
	Rate      float64 // attempts per second in force
	Throttled bool    // the tenant has asked for less than the set rate
	Down      bool
	Why       string        // it is down, by the last attempt
	Pause     time.Duration // still to wait; 0 when open
}

// Condition returns the gate's present condition.
func (g *Gate) Condition() Condition {
	now := time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.throttled.limit(g.top, now)
	return Condition{
		Rate:      float64(l),
		Throttled: l < g.top,
		Down:      g.down,
		Why:       g.why,
		Pause:     max(0, g.pausedTo.Sub(now)),
	}
}

func await(ctx context.Context, done <-chan struct{}) {
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Sleep returns after d, or when ctx is done.
func Sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
