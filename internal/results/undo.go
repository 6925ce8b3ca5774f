package results

import (
	"iter"
	"os"
	"strings"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/roster"
)

var undoHeader = []string{"verdict", "reason", "id", "username", "name", "before", "now"}

// central is the platform whose record a lookup reads.
const central = "management"

// Sent is a row of a run that may have been sent.
type Sent struct {
	Number int
	Names  []string // what the roster calls the person, and every id and username on record
	plan.Sent
}

// AllSent yields the rows of a run in the roster's order, those that were not
// sent too. The journal stands at s. Memory grows by 8 bytes for each row, and by
// 16 for each further lookup or answer.
func AllSent(path string, s *journal.State, r *roster.Roster) iter.Seq2[Sent, error] {
	return func(yield func(Sent, error) bool) {
		x, err := newIndex(path, s, journal.KindPerson, journal.KindAnswer)
		if err != nil {
			yield(Sent{}, err)
			return
		}
		f, err := durable.Open(path, os.O_RDONLY)
		if err != nil {
			yield(Sent{}, err)
			return
		}
		defer f.Close()
		at, stop := follow(x.rows(f))
		defer stop()
		for u, err := range r.Users() {
			var row Sent
			if err == nil {
				row, err = x.sent(u, at)
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func (x *index) sent(u roster.User, at func(int) (row, error)) (Sent, error) {
	n := u.Row
	s := Sent{Number: n, Names: []string{u.User}, Sent: plan.Sent{
		Standing: x.state.Standing(n), Prior: x.state.Prior(n), Undo: x.state.Undo(n), Seen: x.state.Seen(n),
	}}
	r, err := at(n)
	if err != nil {
		return s, err
	}
	last := r.person()
	s.Person = last.Person
	if last.Answer != nil {
		s.Why = last.Answer.Message
	}
	if s.Person != nil && !isUser(s.Person, u.User) {
		s.Seen = journal.Ambiguous // two users of one hash
	}
	s.Tried = s.Undo == journal.Pending || s.Undo == journal.Unknown
	for _, e := range r.entries {
		switch {
		case e.Person != nil:
			s.known(e.Person)
		case e.Kind == journal.KindAnswer && e.Reason == "" && e.Answer.Action == journal.ActionActivate:
			s.Tried = true
		}
	}
	if s.Standing == journal.Failed {
		s.Half = merge(r).half()
	}
	return s, nil
}

// known takes in a person whom the row has meant.
func (s *Sent) known(p *journal.Person) {
	s.Names = append(s.Names, p.ID, p.Username)
	if s.Person != nil && p.ID != "" && s.Person.ID != "" && !strings.EqualFold(p.ID, s.Person.ID) {
		s.Former = p
	}
}

// half names the platforms that a failed deactivation has switched off, if the
// central record is not among them.
func (l latest) half() string {
	var off []string
	for _, p := range l.platforms {
		switch {
		case p.Outcome == journal.Failed:
		case p.Name == central:
			return ""
		default:
			off = append(off, p.Name)
		}
	}
	return strings.Join(off, ";")
}

// WriteUndo makes undo.csv: for each row that was sent and is judged, the
// roster's own columns, then what the undo does, who it is, and how they were
// and are. An empty verdict leaves the row out.
func WriteUndo(path, record string, state *journal.State, r *roster.Roster, judge func(Sent) (plan.Verdict, string)) error {
	t, err := createTable(path, r.Dialect())
	if err != nil {
		return err
	}
	defer t.Discard()
	people := newPeople(r)
	defer people.close()
	x := extendAll(t, people.names, undoHeader)
	for s, err := range AllSent(record, state, r) {
		if err != nil {
			return err
		}
		verdict, reason := judge(s)
		if verdict == "" {
			continue
		}
		fields, err := people.fields(s.Number)
		if err != nil {
			return err
		}
		x.put(fields, undoCells(s, verdict, reason))
	}
	return t.Commit()
}

func undoCells(s Sent, verdict plan.Verdict, reason string) []string {
	cells := []string{string(verdict), defuse(reason), "", "", "", word(s.Prior), word(s.Seen)}
	if p := s.Person; p != nil {
		cells[2], cells[3], cells[4] = defuse(p.ID), defuse(p.Username), defuse(p.Name)
	}
	return cells
}

// word is how somebody was found; empty when nobody has looked.
func word(seen journal.Outcome) string {
	if seen == journal.Unsent {
		return ""
	}
	return string(seen)
}
