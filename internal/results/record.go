package results

import (
	"cmp"
	"iter"
	"os"
	"time"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/roster"
)

// Record is a run's journal in the order of its roster's rows.
type Record struct {
	x      *index
	file   *os.File
	roster *roster.Roster
}

// OpenRecord reads the journal of a run that stands at state. Memory grows by 4
// bytes for each row, and by 16 for each further line about it. Without a roster
// (nil), people are called what the journal calls them, and who has no line in it
// has no name.
func OpenRecord(path string, state *journal.State, r *roster.Roster) (*Record, error) {
	kinds := []journal.Kind{journal.KindAnswer, journal.KindSkip, journal.KindPerson}
	if r == nil {
		kinds = append(kinds, journal.KindSent)
	}
	x, err := newIndex(path, state, kinds...)
	if err != nil {
		return nil, err
	}
	f, err := durable.Open(path, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	return &Record{x: x, file: f, roster: r}, nil
}

// Close ends the reading.
func (r *Record) Close() error { return r.file.Close() }

// Person is one row of a run, and what is known after all its answers.
type Person struct {
	Row       int
	User      string             // as the roster says; "" when nothing tells
	Known     *journal.Person    // as the tenant says; nil: nobody has looked, or nobody was found
	Platforms []journal.Platform // each with its last answer
	Answer    *journal.Answer    // the last one to a deactivation; nil: none counts
	Verdict   string             // of a plan, why nothing is sent
	Why       string             // skipped or failed, in words that may be the tenant's
	Attempts  int                // of all answers to deactivations
	At        time.Time          // of the last line about the row
}

// People yields every row, in order.
func (r *Record) People() iter.Seq2[Person, error] {
	return func(yield func(Person, error) bool) {
		at, stop := follow(r.x.rows(r.file))
		defer stop()
		user, done := r.users()
		defer done()
		for number := 1; number <= r.x.state.Checked.Rows; number++ {
			row, err := at(number)
			var p Person
			if err == nil {
				p = person(row, r.x.state.Standing(number))
				p.User, err = user(number, p.User)
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

// users returns what the roster calls the user of a row, or the other name when
// it has no such row. Calls go forward.
func (r *Record) users() (name func(number int, other string) (string, error), stop func()) {
	if r.roster == nil {
		return func(_ int, other string) (string, error) { return other, nil }, func() {}
	}
	next, stop := iter.Pull2(r.roster.Users())
	u, err, more := next()
	return func(number int, other string) (string, error) {
		for more && err == nil && u.Row < number {
			u, err, more = next()
		}
		if err != nil || !more || u.Row != number {
			return other, err
		}
		return u.User, nil
	}, stop
}

func person(r row, standing journal.Outcome) Person {
	l, skip := merge(r), r.skip()
	p := Person{
		Row: r.number, Known: r.person().Person, Platforms: l.platforms, Answer: l.answer,
		Attempts: l.attempts, Verdict: skip.Verdict,
	}
	for _, e := range r.entries {
		p.User = cmp.Or(p.User, e.User)
		p.At = e.At
	}
	switch standing {
	case journal.Failed:
		p.Why = l.failure()
	case journal.Skipped:
		p.Why = skip.Reason
	}
	return p
}
