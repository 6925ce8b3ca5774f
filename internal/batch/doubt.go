package batch

import (
	"context"
	"errors"
	"slices"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/roster"
)

type doubtful struct {
	user roster.User
	era  int
}

// doubt remembers a failure without an answer while nobody gets one. If that
// turns out to be an outage, the failure is the tenant's.
func (r *run) doubt(res result) error {
	if v := res.answer.Verdict; v != netex.Down && v != netex.Dead {
		return nil
	}
	r.mu.Lock()
	r.doubtful = append(r.doubtful, doubtful{res.user, res.tenant.Era})
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
func (r *run) forbidden(res result) error {
	if res.answer.Verdict != netex.Forbidden || r.opened.Load() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	// Those in flight when the tenth answer came are taken back one by one.
	r.refused = append(r.refused, res.user)
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
// What changes nothing has no sent lines, only answers to withdraw.
func (r *run) withdraw(u roster.User, to journal.Outcome, reason string, answered bool) error {
	if !changes(r.Action) && !answered {
		return nil
	}
	return r.record(journal.Entry{Kind: journal.KindWithdraw, Row: u.Row, Outcome: to, At: now(), User: u.User, Reason: reason, Answered: answered})
}
