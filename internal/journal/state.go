package journal

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// State is where a run stands: what follows from its journal, a few bytes a
// row.
type State struct {
	Header  Header
	Checked Checked
	Started time.Time
	Plan    *Plan // nil: none is sealed
	Planned time.Time
	Stages  []StageState // in the order of their begin
	rows    []row        // by row number - 1
}

// StageState is one command's begin and, unless it was killed or still works,
// its end.
type StageState struct {
	Stage
	Began time.Time
	Ended time.Time // zero: no end
	Exit  int
	Why   string // why it stopped early
}

// row holds outcomes by their index, each in a field of 4 bits.
type row uint32

// field is where an outcome stands in a row.
type field uint

const (
	standing field = 4 * iota // of the deactivation
	check                     // since then
	undo                      // since then
	prior                     // at the last lookup before the row was first sent
	seen                      // at the latest lookup
	before                    // where the latest sent line found the action's own outcome
	barred                    // 1: never sent
)

func (r row) get(f field) uint8 { return uint8(r >> f & 15) }

func (r *row) set(f field, outcome uint8) { *r = *r&^(15<<f) | row(outcome)<<f }

// The order is that of outcomes below; zero is a row nothing was written of.
var outcomes = [...]Outcome{Unsent, Unknown, Done, Pending, Failed, Skipped, Off, On, Missing, Ambiguous}

func index(o Outcome) (uint8, bool) {
	for i, known := range outcomes {
		if o == known {
			return uint8(i), true
		}
	}
	return 0, false
}

// Standing is the row's outcome: Unsent, Unknown, Done, Pending, Failed or
// Skipped.
func (s *State) Standing(row int) Outcome {
	return s.outcome(row, standing)
}

// LastCheck is what the row's latest check found: Off, On, Missing, Failed, or
// Unsent when it was never checked.
func (s *State) LastCheck(row int) Outcome {
	return s.outcome(row, check)
}

// Barred reports whether the row is never sent, whatever its standing.
func (s *State) Barred(row int) bool { return s.rows[row-1].get(barred) == 1 }

// Refused is the number of rows that have failed without being sent.
func (s *State) Refused() (n int) {
	for _, r := range s.rows {
		if r.get(barred) == 1 && outcomes[r.get(standing)] == Failed {
			n++
		}
	}
	return n
}

// Unseen is the number of rows that were sent without a look before.
func (s *State) Unseen() (n int) {
	for _, r := range s.rows {
		if r.get(barred) == 0 && outcomes[r.get(standing)] != Unsent && outcomes[r.get(prior)] == Unsent {
			n++
		}
	}
	return n
}

// Prior is how the tenant had the row's person before it was first sent: On,
// Off, Missing, Ambiguous, Failed, or Unsent when nobody has looked.
func (s *State) Prior(row int) Outcome { return s.outcome(row, prior) }

// Seen is how the latest lookup has found the row's person, likewise.
func (s *State) Seen(row int) Outcome { return s.outcome(row, seen) }

// Undo is what came of putting the row's person back: Done, Pending, Failed,
// Skipped, Unknown, or Unsent when nobody has tried.
func (s *State) Undo(row int) Outcome { return s.outcome(row, undo) }

func (s *State) outcome(row int, f field) Outcome {
	return outcomes[s.rows[row-1].get(f)]
}

// Sent reports whether the row's deactivation was sent, whatever came of it.
func (s *State) Sent(row int) bool {
	return !s.Barred(row) && s.Standing(row) != Unsent
}

// InForce is the state, to be counted, without the rows that an undo has taken
// over, whatever came of it: what the run did to them is of yesterday.
func (s *State) InForce() *State {
	if !s.Began(ActionActivate) {
		return s
	}
	return s.only(func(r row) bool { return r.get(undo) == 0 })
}

// TakenOver is the state of those rows alone, to be counted.
func (s *State) TakenOver() *State { return s.only(func(r row) bool { return r.get(undo) != 0 }) }

func (s *State) only(wanted func(row) bool) *State {
	part := *s
	part.rows = nil
	for _, r := range s.rows {
		if wanted(r) {
			part.rows = append(part.rows, r)
		}
	}
	return &part
}

// Counts are the numbers of rows by standing. They add up to the roster's rows.
func (s *State) Counts() map[Outcome]int {
	return s.count(standing)
}

// CheckCounts are the numbers of rows by their latest check.
func (s *State) CheckCounts() map[Outcome]int {
	return s.count(check)
}

// UndoCounts are the numbers of rows by what came of putting them back.
func (s *State) UndoCounts() map[Outcome]int {
	return s.count(undo)
}

func (s *State) count(f field) map[Outcome]int {
	var n [len(outcomes)]int
	for _, r := range s.rows {
		n[r.get(f)]++
	}
	m := make(map[Outcome]int, len(n))
	for i, o := range outcomes {
		m[o] = n[i]
	}
	return m
}

// Last is the latest command on the run; its zero value when none began.
func (s *State) Last() StageState {
	if len(s.Stages) == 0 {
		return StageState{}
	}
	return s.Stages[len(s.Stages)-1]
}

// Began reports whether a command has begun to send an action.
func (s *State) Began(action string) bool {
	return slices.ContainsFunc(s.Stages, func(g StageState) bool { return g.Action == action })
}

// IsPlan reports whether the run is a plan that was not applied.
func (s *State) IsPlan() bool {
	return len(s.Stages) > 0 && s.Stages[0].Command == CommandPlan && !s.Began(ActionDeactivate)
}

// Load reads where a run stands without locking it or checking the chain.
func Load(path string) (*State, error) {
	var s State
	if err := Scan(path, s.Apply); err != nil {
		return nil, err
	}
	return &s, s.complete(path)
}

// complete reports whether the lines so far make a run.
func (s *State) complete(path string) error {
	if s.Header.Format == 0 || s.rows == nil {
		return &DamageError{Path: path, Line: 1, Err: errLine}
	}
	return nil
}

// Apply takes the next line of a journal into account.
func (s *State) Apply(l Line) error {
	if l.Row > 0 {
		return s.aboutRow(l)
	}
	e, err := l.Entry()
	if err != nil {
		return err
	}
	return s.aboutRun(e)
}

func (s *State) applyEntry(e Entry) error {
	if e.Row > 0 {
		return s.aboutRow(Line{Kind: e.Kind, Row: e.Row, Outcome: e.Outcome})
	}
	return s.aboutRun(e)
}

func (s *State) aboutRow(l Line) error {
	switch l.Kind {
	case KindSent:
		return s.sent(l.Row)
	case KindAnswer:
		return s.answer(l)
	case KindPerson:
		return s.person(l)
	case KindWithdraw:
		return s.withdraw(l)
	case KindSkip:
		return s.skip(l)
	}
	return errLine
}

// slot is the field that belongs to the action under way.
func (s *State) slot() field {
	switch s.Last().Action {
	case ActionCheck:
		return check
	case ActionActivate:
		return undo
	case ActionLookup:
		return seen
	}
	return standing
}

func (s *State) sent(row int) error {
	o, err := s.valid(row, Unknown)
	if err != nil {
		return err
	}
	r, slot := &s.rows[row-1], s.slot()
	r.set(before, r.get(slot))
	r.set(slot, o)
	return nil
}

func (s *State) answer(l Line) error {
	o, err := s.valid(l.Row, l.Outcome)
	if err != nil {
		return err
	}
	r, slot := &s.rows[l.Row-1], s.slot()
	r.set(slot, o)
	// What was found or put back before this is of yesterday.
	if slot == standing || slot == undo {
		r.set(check, 0)
	}
	if slot == standing {
		r.set(undo, 0)
	}
	return nil
}

func (s *State) person(l Line) error {
	o, err := s.valid(l.Row, l.Outcome)
	if err != nil {
		return err
	}
	r := &s.rows[l.Row-1]
	r.set(seen, o)
	if outcomes[r.get(standing)] == Unsent {
		r.set(prior, o)
	}
	return nil
}

// withdraw takes a row back to where it stood before it was sent, or to the
// outcome that the line names. What was only read has not been read.
func (s *State) withdraw(l Line) error {
	to, err := s.valid(l.Row, cmp.Or(l.Outcome, Unsent))
	if err != nil {
		return err
	}
	r, slot := &s.rows[l.Row-1], s.slot()
	switch {
	case slot == check:
		r.set(check, 0)
	case slot == seen:
		r.set(seen, 0)
		if outcomes[r.get(standing)] == Unsent {
			r.set(prior, 0)
		}
	case l.Outcome != "":
		r.set(slot, to)
	default:
		r.set(slot, r.get(before))
	}
	return nil
}

func (s *State) valid(row int, outcome Outcome) (uint8, error) {
	o, ok := index(outcome)
	if !ok || row < 1 || row > len(s.rows) {
		return 0, fmt.Errorf("%w: row %d of %d, outcome %q", errLine, row, len(s.rows), outcome)
	}
	return o, nil
}

// skip grows the rows as far as needed: skips come before their number is
// known. A skip without an outcome is Skipped.
func (s *State) skip(l Line) error {
	if missing := l.Row - len(s.rows); missing > 0 && s.Checked.Rows == 0 {
		s.rows = append(s.rows, make([]row, missing)...)
	}
	o, err := s.valid(l.Row, cmp.Or(l.Outcome, Skipped))
	if err != nil {
		return err
	}
	r := &s.rows[l.Row-1]
	if s.Last().Action == ActionActivate {
		r.set(undo, o)
	} else {
		r.set(standing, o)
		r.set(barred, 1)
	}
	return nil
}

func (s *State) aboutRun(e Entry) error {
	switch {
	case e.Kind == KindHeader && e.Header != nil:
		if e.Header.Format > Format {
			return &NewerError{Format: e.Header.Format}
		}
		s.Header, s.Started = *e.Header, e.At
	case e.Kind == KindChecked && e.Checked != nil && e.Checked.Rows >= len(s.rows):
		s.Checked = *e.Checked
		rows := make([]row, e.Checked.Rows)
		copy(rows, s.rows)
		s.rows = rows
	case e.Kind == KindPlan && e.Plan != nil:
		s.Plan = e.Plan
		if s.Planned.IsZero() { // a plan that is struck from is as old as before
			s.Planned = e.At
		}
	case e.Kind == KindBegin && e.Stage != nil:
		if e.Stage.Action == ActionLookup && s.Began(ActionDeactivate) {
			// A new look at people who were sent: the old one is of before that.
			for i := range s.rows {
				s.rows[i].set(seen, 0)
			}
		}
		s.Stages = append(s.Stages, StageState{Stage: *e.Stage, Began: e.At})
		s.Header.Settings = s.Header.Settings.with(e.Stage.Settings)
	case e.Kind == KindEnd && e.End != nil && len(s.Stages) > 0:
		last := &s.Stages[len(s.Stages)-1]
		last.Ended, last.Exit, last.Why = e.At, e.End.ExitCode, e.Reason
	default:
		return errLine
	}
	return nil
}
