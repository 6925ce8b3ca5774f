// Package batch is the one loop of the program: it takes users from a source,
// sends each by a call at the pace of a gate, and records what came of it. It
// owns every worker. Deactivation and check take the same way.
package batch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/pace"
	"github.com/offboard-cli/offboard/internal/roster"
)

// What stops a run early, besides its context, pace.ErrOutage, and failures of
// the source or the record.
var (
	ErrUnauthorized = errors.New("the tenant refuses the token (HTTP 401)")
	ErrForbidden    = errors.New("the first 10 answers were all HTTP 403: this token may not deactivate anybody")
)

// RedirectError stops a run whose tenant answers from another address.
type RedirectError struct {
	Status   int
	Location string
}

func (e *RedirectError) Error() string {
	return fmt.Sprintf("the tenant answers with a redirect (HTTP %d) to %q, which is never followed", e.Status, e.Location)
}

// Pool is the work to be done for every user.
type Pool struct {
	Action      string // journal.ActionDeactivate or journal.ActionCheck
	Call        func(ctx context.Context, user, message string) netex.Answer
	Gate        *pace.Gate
	Record      func(...journal.Entry) error // returns when the entries are on disk
	Count       func(o journal.Outcome, n int)
	Log         *slog.Logger
	Concurrency int           // users in work
	MaxAttempts int           // for each user
	Drain       time.Duration // for requests in flight after ctx is done
}

// run is one pass of a pool over its users.
type run struct {
	*Pool
	ctx  context.Context // done: no new attempt
	stop context.CancelCauseFunc
	hard context.Context // done: no request in flight either
	kill context.CancelFunc

	mu       sync.Mutex
	doubtful []doubtful    // failures that may turn out to be the tenant's
	again    []roster.User // users to send again, since the tenant was down
	refused  []roster.User // those whose answers were 403, while all were
	opened   atomic.Bool   // some answer was not a 403
}

type doubtful struct {
	user roster.User
	era  int
}

// Run returns nil when every user has been worked on to the end. Otherwise the
// error says why it stopped early; all that was recorded stands.
func (p *Pool) Run(ctx context.Context, users iter.Seq2[roster.User, error]) error {
	r := &run{Pool: p}
	r.ctx, r.stop = context.WithCancelCause(ctx)
	r.hard, r.kill = context.WithCancel(context.WithoutCancel(ctx))
	defer r.kill()
	drained := make(chan struct{})
	defer close(drained)
	defer context.AfterFunc(r.ctx, func() {
		select {
		case <-time.After(r.Drain):
			r.kill()
		case <-drained:
		}
	})()

	r.feed(users)
	for r.ctx.Err() == nil && len(r.again) > 0 {
		again := r.again
		r.again = nil
		r.feed(sequence(again))
	}
	return context.Cause(r.ctx)
}

func sequence(users []roster.User) iter.Seq2[roster.User, error] {
	return func(yield func(roster.User, error) bool) {
		for _, u := range users {
			if !yield(u, nil) {
				return
			}
		}
	}
}

// feed has the workers take users until there are no more, and waits for them.
// They live as long as the work does, since a goroutine for each user would
// grow its stack anew each time.
func (r *run) feed(users iter.Seq2[roster.User, error]) {
	next, stop := iter.Pull2(users)
	defer stop()
	var mu sync.Mutex
	take := func() (roster.User, bool) {
		mu.Lock()
		defer mu.Unlock()
		if r.ctx.Err() != nil {
			return roster.User{}, false
		}
		u, err, ok := next()
		if err != nil {
			r.stop(err)
			return u, false
		}
		return u, ok
	}
	var workers errgroup.Group
	for range r.Concurrency {
		workers.Go(func() error {
			for u, ok := take(); ok; u, ok = take() {
				if err := r.user(u); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		r.stop(err)
	}
}

// user takes one user from the source to the record. Its error is one that
// stops the run.
func (r *run) user(u roster.User) error {
	if r.Action != journal.ActionCheck {
		if err := r.record(journal.Entry{Kind: journal.KindSent, Row: u.Row, User: u.User}); err != nil {
			return err
		}
	}
	res, err := r.attempts(u)
	if err != nil {
		r.stop(err)
		if res.received {
			return err
		}
		return errors.Join(err, r.withdraw(u, "", err.Error(), false))
	}
	if res.answer.Verdict != netex.Forbidden && res.answer.HTTPStatus != 0 {
		r.opened.Store(true)
	}
	if err := r.record(entry(r.Action, u, res)); err != nil {
		return err
	}
	r.Count(journal.Outcome(res.answer.Outcome), 1)
	return errors.Join(r.doubt(u, res), r.forbidden(u, res))
}

// result is what the attempts for one user ended in.
type result struct {
	answer   netex.Answer // the last one
	attempts int
	received bool       // the tenant may have acted
	tenant   pace.State // after the last attempt
}

// attempts tries until an answer stands. An error stops the run; then no
// answer stands.
func (r *run) attempts(u roster.User) (res result, err error) {
	for tries := 1; ; tries++ {
		pass, err := r.Gate.Wait(r.ctx)
		if err != nil {
			return res, err
		}
		a := r.call(u)
		res.answer, res.attempts = a, res.attempts+1
		res.tenant = r.Gate.Report(pass, news(a.Verdict), a.RetryAfter)
		res.received = res.received || a.Reached && !refusal(a.Verdict)
		switch {
		case r.hard.Err() != nil && a.HTTPStatus == 0:
			return res, context.Cause(r.ctx)
		case a.Verdict == netex.Unauthorized:
			return res, ErrUnauthorized
		case a.Verdict == netex.Redirected:
			return res, &RedirectError{a.HTTPStatus, a.Location}
		case a.Verdict != netex.Again && a.Verdict != netex.Throttled && a.Verdict != netex.Down:
			return res, nil
		case res.tenant.Down:
			// These failures are the tenant's. The gate holds this user
			// back until the tenant is there again.
			tries = 0
			if err := r.retract(); err != nil {
				return res, err
			}
			continue
		case tries >= r.MaxAttempts:
			return res, nil
		}
		r.Log.Debug("another attempt follows", "user", u.User, "attempt", res.attempts, "http_status", a.HTTPStatus, "message", a.Message)
		pace.Sleep(r.ctx, pace.Backoff(tries))
	}
}

// call makes one attempt. A panic in it is this user's failure.
func (r *run) call(u roster.User) (a netex.Answer) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("a panic in one user's work", "user", u.User, "panic", p, "stack", string(debug.Stack()))
			a = netex.Answer{Outcome: netex.Failed, Message: fmt.Sprintf("internal error: %v", p), Reached: true}
		}
	}()
	return r.Call(r.hard, u.User, u.Message)
}

// news is what a verdict tells the gate.
func news(v netex.Verdict) pace.Result {
	switch v {
	case netex.Throttled:
		return pace.Throttled
	case netex.Down, netex.Dead:
		return pace.Nobody
	}
	return pace.Answered
}

// refusal reports whether the answer proves that nothing was done.
func refusal(v netex.Verdict) bool {
	switch v {
	case netex.Throttled, netex.Unauthorized, netex.Forbidden, netex.Redirected:
		return true
	}
	return false
}

// doubt remembers a failure without an answer while nobody gets one. If that
// turns out to be an outage, the failure is the tenant's.
func (r *run) doubt(u roster.User, res result) error {
	if v := res.answer.Verdict; v != netex.Down && v != netex.Dead {
		return nil
	}
	r.mu.Lock()
	r.doubtful = append(r.doubtful, doubtful{u, res.tenant.Era})
	r.mu.Unlock()
	return r.retract()
}

// retract takes back, in an outage, the failures that were the first signs of
// it, and has these users sent again when it is over.
func (r *run) retract() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	tenant := r.Gate.State()
	r.doubtful = slices.DeleteFunc(r.doubtful, func(d doubtful) bool {
		return !tenant.Doubted || d.era != tenant.Era
	})
	if !tenant.Down {
		return nil
	}
	for _, d := range r.doubtful {
		if err := r.takeBack(d.user, journal.Unknown, "the tenant was down"); err != nil {
			return err
		}
		r.again = append(r.again, d.user)
	}
	r.doubtful = nil
	return nil
}

// forbidden stops a run whose first answers are all 403.
func (r *run) forbidden(u roster.User, res result) error {
	if res.answer.Verdict != netex.Forbidden || r.opened.Load() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	// Those in flight when the tenth answer came are taken back one by one.
	r.refused = append(r.refused, u)
	if len(r.refused) < 10 && !errors.Is(context.Cause(r.ctx), ErrForbidden) {
		return nil
	}
	r.stop(ErrForbidden)
	for _, u := range r.refused {
		if err := r.takeBack(u, "", ErrForbidden.Error()); err != nil {
			return err
		}
	}
	r.refused = nil
	return ErrForbidden
}

// takeBack withdraws a failure that is on record.
func (r *run) takeBack(u roster.User, to journal.Outcome, reason string) error {
	if err := r.withdraw(u, to, reason, true); err != nil {
		return err
	}
	r.Count(journal.Failed, -1)
	return nil
}

// withdraw records that a sent user counts as before, or as the outcome says.
// A check has nothing to withdraw.
func (r *run) withdraw(u roster.User, to journal.Outcome, reason string, answered bool) error {
	if r.Action == journal.ActionCheck {
		return nil
	}
	return r.record(journal.Entry{Kind: journal.KindWithdraw, Row: u.Row, Outcome: to, User: u.User, Reason: reason, Answered: answered})
}

// record stops everything when an entry cannot be written: what cannot be
// recorded must not be sent.
func (r *run) record(e journal.Entry) error {
	e.At = time.Now().UTC().Truncate(time.Microsecond)
	err := r.Record(e)
	if err != nil {
		r.stop(err)
		r.kill()
	}
	return err
}

// entry is the line for a result.
func entry(action string, u roster.User, res result) journal.Entry {
	a := res.answer
	platforms := make([]journal.Platform, len(a.Platforms))
	for i, p := range a.Platforms {
		platforms[i] = journal.Platform{
			Name: p.Name, Outcome: journal.Outcome(p.Outcome), Status: p.Status, Message: p.Message, Location: p.Location,
		}
	}
	return journal.Entry{
		Kind:    journal.KindAnswer,
		Row:     u.Row,
		Outcome: journal.Outcome(a.Outcome),
		User:    u.User,
		Answer: &journal.Answer{
			Action:     action,
			HTTPStatus: a.HTTPStatus,
			Status:     a.Status,
			Message:    a.Message,
			Location:   a.Location,
			Attempts:   res.attempts,
			LatencyMS:  a.Latency.Milliseconds(),
			Platforms:  platforms,
		},
	}
}
