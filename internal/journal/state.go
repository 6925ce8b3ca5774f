package journal

import (
	"fmt"
	"time"
)

// State is where a run stands: what follows from its journal, a few bytes a
// row.
type State struct {
	Header  Header
	Checked Checked
	Started time.Time
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

// row holds outcomes by their index. before is the standing before the latest
// sent line.
type row struct{ standing, before, check uint8 }

// The order is that of outcomes below; zero is a row nothing was written of.
var outcomes = [...]Outcome{Unsent, Unknown, Done, Pending, Failed, Skipped, Off, On, Missing}

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
	return outcomes[s.rows[row-1].standing]
}

// LastCheck is what the row's latest check found: Off, On, Missing, Failed, or
// Unsent when it was never checked.
func (s *State) LastCheck(row int) Outcome {
	return outcomes[s.rows[row-1].check]
}

// Counts are the numbers of rows by standing. They add up to the roster's rows.
func (s *State) Counts() map[Outcome]int {
	return s.count(func(r row) uint8 { return r.standing })
}

// CheckCounts are the numbers of rows by their latest check.
func (s *State) CheckCounts() map[Outcome]int {
	return s.count(func(r row) uint8 { return r.check })
}

func (s *State) count(of func(row) uint8) map[Outcome]int {
	var n [len(outcomes)]int
	for _, r := range s.rows {
		n[of(r)]++
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
	case KindWithdraw:
		return s.withdraw(l)
	case KindSkip:
		return s.skip(l.Row)
	}
	return errLine
}

// answer sets a check's finding beside the standing, any other answer as the
// standing.
func (s *State) answer(l Line) error {
	o, err := s.valid(l.Row, l.Outcome)
	if err != nil {
		return err
	}
	r := &s.rows[l.Row-1]
	if s.Last().Action == ActionCheck {
		r.check = o
		return nil
	}
	// What a check found before this is of yesterday.
	r.standing, r.check = o, 0
	return nil
}

func (s *State) sent(row int) error {
	o, err := s.valid(row, Unknown)
	if err == nil {
		r := &s.rows[row-1]
		r.before, r.standing = r.standing, o
	}
	return err
}

// withdraw takes a row back to where it stood before it was sent, or to the
// outcome that the line names. A withdrawn check has not been made.
func (s *State) withdraw(l Line) error {
	if _, err := s.valid(l.Row, Unsent); err != nil {
		return err
	}
	r := &s.rows[l.Row-1]
	switch {
	case s.Last().Action == ActionCheck:
		r.check = 0
	case l.Outcome != "":
		return s.set(l.Row, l.Outcome)
	default:
		r.standing = r.before
	}
	return nil
}

func (s *State) set(row int, outcome Outcome) error {
	o, err := s.valid(row, outcome)
	if err == nil {
		s.rows[row-1].standing = o
	}
	return err
}

func (s *State) valid(row int, outcome Outcome) (uint8, error) {
	o, ok := index(outcome)
	if !ok || row < 1 || row > len(s.rows) {
		return 0, fmt.Errorf("%w: row %d of %d, outcome %q", errLine, row, len(s.rows), outcome)
	}
	return o, nil
}

// skip grows the rows as far as needed: skips come before their number is
// known.
func (s *State) skip(n int) error {
	if missing := n - len(s.rows); missing > 0 {
		s.rows = append(s.rows, make([]row, missing)...)
	}
	return s.set(n, Skipped)
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
	case e.Kind == KindBegin && e.Stage != nil:
		s.Stages = append(s.Stages, StageState{Stage: *e.Stage, Began: e.At})
	case e.Kind == KindEnd && e.End != nil && len(s.Stages) > 0:
		last := &s.Stages[len(s.Stages)-1]
		last.Ended, last.Exit, last.Why = e.At, e.End.ExitCode, e.Reason
	default:
		return errLine
	}
	return nil
}
