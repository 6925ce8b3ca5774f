package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"github.com/offboard-cli/offboard/internal/batch"
	"github.com/offboard-cli/offboard/internal/directory"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/roster"
)

// look asks the tenant who the users of a run are.
type look struct {
	*task
	log    *slog.Logger
	again  string                                 // what to do after a failure
	rows   func(j *journal.Journal, row int) bool // that the list is searched for
	calls  atomic.Int64
	people int // of the tenant; 0: its list was not read
	active int
}

// lookup finds out who the users of a run are, by the tenant's list of people or
// one by one, whichever is fewer calls.
func (a *app) lookup(ctx context.Context, b job, l *look, wholeList bool) error {
	if b.command != planJob.command {
		if err := l.tellsPeople(ctx); err != nil {
			return err
		}
	}
	err := a.everybody(ctx, b, l, wholeList)
	if errors.Is(err, batch.ErrForbidden) {
		return fail(exitStopped, "nothing was sent; may this token read users? to go on without a look, add --no-lookup",
			"nobody can be looked up: the first 10 answers were all HTTP 403")
	}
	if err != nil {
		return err
	}
	return l.complete(ctx, b)
}

// everybody looks the job's users up. Those whom the list does not have may
// have slipped through while it was read: nobody counts as missing who was not
// asked for by name.
func (a *app) everybody(ctx context.Context, b job, l *look, wholeList bool) error {
	if err := l.readList(ctx, b.size(l.journal), wholeList); err != nil {
		return err
	}
	l.task.calls = &l.calls
	return a.pool(ctx, b, l.task, b.users(l.journal, l.roster))
}

// errBlind is a tenant that cannot be asked who its people are. A plan insists;
// a run goes on without.
var errBlind = errors.New("the tenant does not tell who its people are")

// tellsPeople makes sure, by one call, that the tenant tells who its people are.
// A token that may not list people may still look them up.
func (l *look) tellsPeople(ctx context.Context) error {
	answer, err := l.page(ctx, netex.Beginning, 1)
	switch {
	case err != nil:
		return err
	case answer.Outcome == netex.Done && len(answer.People) == 0:
		return untrusted(directory.ErrEmpty)
	case answer.Outcome == netex.Done, answer.Verdict == netex.Forbidden:
		return nil
	case answer.Verdict == netex.Final, answer.Verdict == netex.Dead:
		return fmt.Errorf("%w: %s", errBlind, answer.Message)
	}
	return fail(exitStopped, "nothing was sent; try again later, or go without a look (--no-lookup)",
		"the tenant's list of people cannot be read: %s", answer.Message)
}

// untrusted refuses to plan by a list of people that must be wrong.
func untrusted(err error) error {
	return refuse("try again later, or tell the tenant's support", "%v", err)
}

// readList finds users in the tenant's list of people, if that is the shorter
// way or the whole list is wanted for its size.
func (l *look) readList(ctx context.Context, users int, whole bool) error {
	list := directory.New(l.page)
	shorter, err := list.Cheaper(ctx, users)
	if err == nil && (shorter || whole && l.state().Checked.Users > 0) {
		err = l.match(ctx, list)
	}
	var unread *directory.PageError
	switch {
	case errors.As(err, &unread) && !whole && unread.Answer.HTTPStatus != 0:
		l.log.Warn("the tenant's list of people cannot be read: everybody is looked up by name", "cause", unread.Answer.Message)
		l.people, l.active = 0, 0
		return nil
	case errors.As(err, &unread) && unread.Answer.Verdict == netex.Forbidden:
		return fail(exitStopped, "nothing was sent; get a token that may list people, or leave --max-percent out", "%v", err)
	case errors.As(err, &unread):
		return fail(exitStopped, "nothing was sent; "+l.again, "%v", err)
	case errors.Is(err, directory.ErrEmpty):
		return untrusted(err)
	case errors.Is(err, directory.ErrRepeats), errors.Is(err, directory.ErrGap), errors.Is(err, directory.ErrEndless):
		return fail(exitStopped, "nothing was sent, and nothing is planned on half a look; "+l.again, "%v", err)
	}
	return err
}

// page asks for a page of the list, with all the patience that a user gets.
func (l *look) page(ctx context.Context, start, count int) (netex.Answer, error) {
	var last netex.Answer
	p := l.pool(journal.ActionLookup, l.log)
	p.Record = func(...journal.Entry) error { return nil }
	p.Call = l.measured(journal.ActionLookup, func(ctx context.Context, _, _ string) netex.Answer {
		l.calls.Add(1)
		last = l.client.List(ctx, start, count)
		return last
	})
	err := p.Run(ctx, batch.Sequence(roster.User{User: fmt.Sprintf("people from %d", start)}))
	return last, err
}

// match reads the list and records whom the roster means.
func (l *look) match(ctx context.Context, list *directory.List) error {
	rows, err := newMatcher(l)
	if err != nil {
		return err
	}
	l.people, l.active = 0, 0
	var entries []journal.Entry
	for p, err := range list.People(ctx) {
		if err != nil {
			return err
		}
		l.people++
		if p.Enabled {
			l.active++
		}
		if entries = rows.match(entries, &p); len(entries) >= manyEntries {
			if err := l.journal.Append(entries...); err != nil {
				return err
			}
			entries = entries[:0]
		}
	}
	return l.journal.Append(entries...)
}

// manyEntries share one wait for the disk.
const manyEntries = 500

// isUnseen is a row that is to be sent, and whose person is not known yet.
func isUnseen(j *journal.Journal, row int) bool {
	return j.Standing(row) == journal.Unsent && !isSeen(j, row)
}

// isSeen is a row whose person the tenant has told of.
func isSeen(j *journal.Journal, row int) bool {
	seen := j.Seen(row)
	return seen != journal.Unsent && seen != journal.Failed
}

// complete makes sure that everybody was looked up. A run leaves those alone who
// were not.
func (l *look) complete(ctx context.Context, b job) error {
	found, missing, failed := l.found()
	switch {
	case failed > 0 && b.command == planJob.command:
		return fail(exitStopped, "nothing was sent; "+l.again,
			"%s could not be looked up: nothing is planned on half a look", plural(failed, "user"))
	case found > 0 || missing == 0:
		return nil
	}
	if b.command == planJob.command {
		if err := l.tellsPeople(ctx); errors.Is(err, errBlind) {
			return fail(exitStopped, "is --base-url right? to plan without a look, add --no-lookup to a new plan; nothing was sent", "%v", err)
		} else if err != nil {
			return err
		}
	}
	l.log.Warn("the tenant knows nobody of the roster", "users", missing, "hint", "does the column hold ids or usernames (--user-column)?")
	return nil
}

// found counts the users of a run by what became of their lookups.
func (l *look) found() (found, missing, failed int) {
	s := l.state()
	for row := 1; row <= s.Checked.Rows; row++ {
		switch seen := s.Seen(row); {
		case s.Barred(row):
		case seen == journal.Missing:
			missing++
		case seen == journal.Failed:
			failed++
		default:
			found++
		}
	}
	return found, missing, failed
}
