// Package batch is the one loop of the program: it takes users from a source,
// sends each by a call at the pace of a gate, and records what came of it. It
// owns every worker. All actions take the same way.
package batch

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
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

// Call makes one attempt.
type Call func(ctx context.Context, user, message string) netex.Answer

// Change is why a user is not sent after all.
type Change struct {
	Outcome journal.Outcome // Skipped, or Failed when somebody has to see to it
	Verdict string
	Reason  string
}

// Pool is the work to be done for every user.
type Pool struct {
	Action      string // journal.ActionDeactivate, or another one
	Call        Call
	Ask         Call                       // before each Call; nil: nothing is asked
	Changed     func(netex.Answer) *Change // what the answer to Ask means; nil: nothing
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
		r.feed(Sequence(again...))
	}
	return context.Cause(r.ctx)
}

// Sequence is users from a list.
func Sequence(users ...roster.User) iter.Seq2[roster.User, error] {
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
		workers.Go(func() error { return r.work(take) })
	}
	if err := workers.Wait(); err != nil {
		r.stop(err)
	}
}

// work takes users until there are no more. What came of a user goes to the
// record together with the next one's sent line, so that both share one wait
// for the disk. An error stops the run.
func (r *run) work(take func() (roster.User, bool)) error {
	var last *result
	for {
		u, ok := take()
		err := r.turn(last, u, ok)
		if !ok {
			return err
		}
		var res result
		if err == nil {
			res, err = r.send(u)
		}
		if err != nil {
			return r.giveUp(u, res, err)
		}
		last = &res
	}
}

// turn records what came of the last user, and that the next one, if there is
// one, is about to be sent.
func (r *run) turn(last *result, next roster.User, more bool) error {
	var entries []journal.Entry
	if last != nil {
		if last.answer.Verdict != netex.Forbidden && last.answer.HTTPStatus != 0 {
			r.opened.Store(true)
		}
		entries = append(entries, last.entry(r.Action))
	}
	if more && changes(r.Action) {
		entries = append(entries, journal.Entry{Kind: journal.KindSent, Row: next.Row, At: now(), User: next.User})
	}
	if err := r.record(entries...); err != nil || last == nil {
		return err
	}
	r.Count(last.outcome(), 1)
	if last.refused != nil {
		return nil
	}
	return errors.Join(r.doubt(*last), r.forbidden(*last))
}

// giveUp leaves a user without an answer. Who was certainly not acted on
// counts as not sent.
func (r *run) giveUp(u roster.User, res result, err error) error {
	r.stop(err)
	if !res.received {
		err = errors.Join(err, r.withdraw(u, "", err.Error(), false))
	}
	return err
}

// record stops everything when entries cannot be written: what cannot be
// recorded must not be sent.
func (r *run) record(entries ...journal.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	err := r.Record(entries...)
	if err != nil {
		r.stop(err)
		r.kill()
	}
	return err
}

// changes reports whether an action changes anything at the tenant: then a line
// says that it is about to be sent.
func changes(action string) bool {
	return action == journal.ActionDeactivate || action == journal.ActionActivate
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
