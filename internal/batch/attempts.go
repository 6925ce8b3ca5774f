package batch

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/pace"
	"github.com/offboard-cli/offboard/internal/roster"
)

// result is what the attempts for one user ended in.
type result struct {
	user     roster.User
	refused  *Change      // nothing was sent, since the person has changed
	answer   netex.Answer // the last one
	attempts int
	at       time.Time  // of the last one's end
	received bool       // the tenant may have acted
	tenant   pace.State // after the last attempt
}

// send sends a user, unless a look shows that they have changed.
func (r *run) send(u roster.User) (result, error) {
	if r.Ask == nil {
		return r.attempts(u, r.Call)
	}
	res, err := r.attempts(u, r.Ask)
	if err != nil {
		res.received = false // a look changes nothing
		return res, err
	}
	if res.refused = r.Changed(res.answer); res.refused != nil {
		return res, nil
	}
	return r.attempts(u, r.Call)
}

// attempts tries until an answer stands. An error stops the run; then no
// answer stands.
func (r *run) attempts(u roster.User, call Call) (res result, err error) {
	res.user = u
	for tries := 1; ; tries++ {
		pass, err := r.Gate.Wait(r.ctx)
		if err != nil {
			return res, err
		}
		a := r.call(u, call)
		res.answer, res.attempts, res.at = a, res.attempts+1, now()
		res.tenant = r.Gate.Report(pass, news(a.Verdict), a.RetryAfter, a.Message)
		res.received = res.received || a.Reached && !refusal(a.Verdict)
		switch {
		case r.hard.Err() != nil && a.Verdict == netex.Down:
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
		r.Log.Debug("another attempt follows", "user", u.User, "attempt", res.attempts, "http_status", a.HTTPStatus, "message", a.Message, "request_id", a.RequestID)
		pace.Sleep(r.ctx, pace.Backoff(tries))
	}
}

// call makes one attempt. A panic in it is this user's failure.
func (r *run) call(u roster.User, call Call) (a netex.Answer) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("a panic in one user's work", "user", u.User, "panic", p, "stack", string(debug.Stack()))
			a = netex.Answer{Outcome: netex.Failed, Message: fmt.Sprintf("internal error: %v", p), Reached: true}
		}
	}()
	return call(r.hard, u.User, u.Message)
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

// entry is the line for a result.
func (res *result) entry(action string) journal.Entry {
	a := res.answer
	e := journal.Entry{
		Kind:    journal.KindAnswer,
		Row:     res.user.Row,
		Outcome: res.outcome(),
		At:      res.at,
		User:    res.user.User,
	}
	if res.refused != nil {
		e.Kind, e.Reason, e.Verdict = journal.KindSkip, res.refused.Reason, res.refused.Verdict
		return e
	}
	if action == journal.ActionLookup && a.Person != nil {
		e.Kind, e.Person = journal.KindPerson, Person(a.Person)
		return e
	}
	platforms := make([]journal.Platform, len(a.Platforms))
	for i, p := range a.Platforms {
		platforms[i] = journal.Platform{
			Name: p.Name, Outcome: journal.Outcome(p.Outcome), Status: p.Status, Message: p.Message, Location: p.Location,
		}
	}
	e.Answer = &journal.Answer{
		Action:     action,
		HTTPStatus: a.HTTPStatus,
		Status:     a.Status,
		Message:    a.Message,
		Location:   a.Location,
		Attempts:   res.attempts,
		LatencyMS:  a.Latency.Milliseconds(),
		RequestID:  a.RequestID,
		Platforms:  platforms,
	}
	if action == journal.ActionLookup {
		e.Kind = journal.KindPerson
		if forThisUser(a) {
			e.Outcome = journal.Missing
		}
	}
	return e
}

func (res *result) outcome() journal.Outcome {
	if res.refused != nil {
		return res.refused.Outcome
	}
	return journal.Outcome(res.answer.Outcome)
}

// forThisUser reports whether a tenant has refused to tell of one user: then
// there is nobody to be sent.
func forThisUser(a netex.Answer) bool {
	return a.HTTPStatus >= 400 && a.HTTPStatus < 500 && (a.Verdict == netex.Final || a.Verdict == netex.Forbidden)
}

// Person is what goes on record of one.
func Person(p *netex.Person) *journal.Person {
	return &journal.Person{ID: p.ID, Username: p.Username, Name: p.Name, Email: p.Email, Roles: p.Roles}
}
