package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/offboard-cli/offboard/internal/batch"
	"github.com/offboard-cli/offboard/internal/directory"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/roster"
)

// look is what a lookup of everybody has cost and found, beside who they are.
type look struct {
	calls  atomic.Int64
	people int // of the tenant; 0: its list was not read
	active int
}

// lookup asks the tenant who the users of a task are, by its list of people or
// one by one, whichever is fewer calls.
func (a *app) lookup(ctx context.Context, b job, k *task, l *look, wholeList bool) error {
	if err := a.begin(b, k); err != nil {
		return err
	}
	if b.command != planJob.command {
		if err := a.directory(ctx, k, l); err != nil {
			return err
		}
	}
	n := b.size(k.journal)
	if err := a.everybody(ctx, b, k, l, wholeList); err != nil {
		return err
	}
	return k.lookedUp(b, n)
}

// everybody looks the job's users up. Those whom the list does not have may
// have slipped through while it was read: nobody counts as missing who was not
// asked for by name.
func (a *app) everybody(ctx context.Context, b job, k *task, l *look, wholeList bool) error {
	if err := a.readList(ctx, b, k, l, wholeList); err != nil {
		return err
	}
	k.calls = &l.calls
	return a.pool(ctx, b, k, b.users(k.journal, k.roster))
}

// errBlind is a tenant that cannot be asked who its people are. A plan insists;
// a run goes on without.
var errBlind = errors.New("the tenant does not tell who its people are")

// directory makes sure, by one call, that the tenant tells who its people are. A
// token that may not list people may still look them up.
func (a *app) directory(ctx context.Context, k *task, l *look) error {
	answer, err := k.page(ctx, a, netex.Beginning, 1, &l.calls)
	switch {
	case err != nil:
		return err
	case answer.Outcome == netex.Done, answer.Verdict == netex.Forbidden:
		return nil
	case answer.Verdict == netex.Final, answer.Verdict == netex.Dead:
		return fmt.Errorf("%w: %s", errBlind, answer.Message)
	}
	return fail(exitStopped, "nothing was sent; try again later, or go without a look (--no-lookup)", "the tenant's list of people cannot be read: %s", answer.Message)
}

// readList finds users in the tenant's list of people, if that is the shorter
// way or the whole list is wanted for its size.
func (a *app) readList(ctx context.Context, b job, k *task, l *look, whole bool) error {
	users := b.size(k.journal)
	list := directory.New(func(ctx context.Context, start, count int) (netex.Answer, error) {
		return k.page(ctx, a, start, count, &l.calls)
	})
	shorter, err := list.Cheaper(ctx, users)
	if err == nil && (shorter || whole) && users > 0 {
		err = k.match(ctx, b, list, l)
	}
	var unread *directory.PageError
	switch {
	case errors.As(err, &unread) && !whole && unread.Answer.HTTPStatus != 0:
		a.log.Warn("the tenant's list of people cannot be read: everybody is looked up by name", "cause", unread.Answer.Message)
		l.people, l.active = 0, 0
		return nil
	case errors.As(err, &unread):
		return fail(exitStopped, "nothing was sent; may this token list people?", "%v", err)
	case errors.Is(err, directory.ErrEmpty), errors.Is(err, directory.ErrRepeats), errors.Is(err, directory.ErrGap), errors.Is(err, directory.ErrEndless):
		return fail(exitStopped, "nothing was sent; try again later, or tell the tenant's support", "%v", err)
	}
	return err
}

// page asks for a page of the list, with all the patience that a user gets.
func (k *task) page(ctx context.Context, a *app, start, count int, calls *atomic.Int64) (netex.Answer, error) {
	var last netex.Answer
	p := k.pool(journal.ActionLookup, a.log)
	p.Record = func(...journal.Entry) error { return nil }
	p.Call = func(ctx context.Context, _, _ string) netex.Answer {
		calls.Add(1)
		last = k.client.List(ctx, start, count)
		if k.meter != nil {
			k.meter.Attempt(journal.ActionLookup, last.HTTPStatus, last.Latency)
		}
		return last
	}
	err := p.Run(ctx, batch.Sequence(roster.User{User: fmt.Sprintf("people from %d", start)}))
	return last, err
}

// match reads the list and records whom the roster means.
func (k *task) match(ctx context.Context, b job, list *directory.List, l *look) error {
	rows, err := newMatcher(b, k)
	if err != nil {
		return err
	}
	var entries []journal.Entry
	for p, err := range list.People(ctx) {
		if err != nil {
			return err
		}
		l.people++
		if p.Enabled {
			l.active++
		}
		if entries = rows.match(entries, &p); len(entries) >= 500 {
			if err := k.journal.Append(entries...); err != nil {
				return err
			}
			entries = entries[:0]
		}
	}
	return k.journal.Append(entries...)
}

// matcher finds the rows that mean a person. Equal hashes may deceive it; what
// it finds is compared with the roster when everybody is judged.
type matcher struct {
	seed  maphash.Seed
	keys  []key // by hash
	found []bool
}

// key takes 12 bytes; with the hash in one piece it would be 16.
type key struct {
	high, low uint32 // of the hash
	row       uint32
}

func newKey(hash uint64, row int) key {
	return key{high: uint32(hash >> 32), low: uint32(hash), row: uint32(row)}
}

func (k key) hash() uint64 { return uint64(k.high)<<32 | uint64(k.low) }

func byHash(a, b key) int { return cmp.Compare(a.hash(), b.hash()) }

func newMatcher(b job, k *task) (*matcher, error) {
	m := &matcher{
		seed:  maphash.MakeSeed(),
		keys:  make([]key, 0, b.size(k.journal)),
		found: make([]bool, k.state().Checked.Rows+1),
	}
	for u, err := range k.roster.Wanted(func(row int) bool { return b.wants(k.journal, row) }) {
		if err != nil {
			return nil, err
		}
		m.keys = append(m.keys, newKey(m.hash(u.User), u.Row))
	}
	slices.SortFunc(m.keys, byHash)
	return m, nil
}

func (m *matcher) hash(user string) uint64 { return maphash.String(m.seed, strings.ToLower(user)) }

// match adds an entry for every row that means the person by id or username. A
// row that has meant somebody else already means nobody for sure.
func (m *matcher) match(entries []journal.Entry, p *netex.Person) []journal.Entry {
	names := []string{p.ID}
	if !strings.EqualFold(p.ID, p.Username) {
		names = append(names, p.Username)
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		for _, row := range m.rows(m.hash(name)) {
			e := journal.Entry{Kind: journal.KindPerson, Row: row, Outcome: enabled(p), At: now(), User: name, Person: batch.Person(p)}
			if m.found[row] {
				e.Outcome = journal.Ambiguous
			}
			m.found[row] = true
			entries = append(entries, e)
		}
	}
	return entries
}

func (m *matcher) rows(hash uint64) (rows []int) {
	i, _ := slices.BinarySearchFunc(m.keys, newKey(hash, 0), byHash)
	for ; i < len(m.keys) && m.keys[i].hash() == hash; i++ {
		rows = append(rows, int(m.keys[i].row))
	}
	return rows
}

func enabled(p *netex.Person) journal.Outcome {
	if p.Enabled {
		return journal.On
	}
	return journal.Off
}

// isUnseen is a row that is to be sent, and whose person is not known yet.
func isUnseen(j *journal.Journal, row int) bool {
	return j.Standing(row) == journal.Unsent && !isSeen(j, row)
}

// isSeen is a row whose person the tenant has told of.
func isSeen(j *journal.Journal, row int) bool {
	seen := j.Seen(row)
	return seen != journal.Unsent && seen != journal.Failed
}

// lookedUp makes sure that everybody was. A run leaves those alone who were not.
func (k *task) lookedUp(b job, n int) error {
	var found, missing, failed int
	s := k.state()
	for row := 1; row <= s.Checked.Rows; row++ {
		if s.Barred(row) {
			continue
		}
		switch s.Seen(row) {
		case journal.Missing:
			missing++
		case journal.Failed:
			failed++
		default:
			found++
		}
	}
	switch {
	case found == 0 && n > 0 && b.command == planJob.command:
		return fail(exitStopped, "does the column hold ids or usernames (--user-column)? nothing was planned", "the tenant knows none of the %s", plural(n, "user"))
	case found == 0 && n > 0:
		return fmt.Errorf("%w: it knows none of the %s", errBlind, plural(n, "user"))
	case failed > 0 && b.command == planJob.command:
		return fail(exitStopped, "nothing was sent; "+"to go on: "+command(b.next(), k.dir.Path()),
			"%s could not be looked up: nothing is planned on half a look", plural(failed, "user"))
	}
	return nil
}
