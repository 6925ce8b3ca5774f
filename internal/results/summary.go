package results

import (
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
)

// Summary is the content of summary.json.
type Summary struct {
	Run       string              `json:"run"`
	RunID     string              `json:"run_id,omitempty"` // in every log line and request of the run
	Tenant    string              `json:"tenant"`
	Simulated bool                `json:"simulated"`
	Input     Input               `json:"input"`
	Users     Users               `json:"users"`
	Refused   int                 `json:"refused,omitempty"` // of the failed, those who were never sent
	Plan      *Plan               `json:"plan,omitempty"`    // nil: nobody was looked up
	Unseen    int                 `json:"unseen,omitzero"`   // users that were sent without a look before
	Platforms map[string]Platform `json:"platforms"`
	Check     *Check              `json:"check,omitempty"` // nil: nobody was checked
	Undo      *Undo               `json:"undo,omitempty"`  // nil: nobody was put back
	Started   time.Time           `json:"started"`
	Finished  *time.Time          `json:"finished"`  // null while a command works on the run, or was killed
	ExitCode  *int                `json:"exit_code"` // of the last command; null likewise
}

// Input is the roster.
type Input struct {
	Rows   int    `json:"rows"`
	SHA256 string `json:"sha256"`
}

// Plan is what was to become of the roster's rows.
type Plan struct {
	Verdicts map[string]int `json:"verdicts"` // rows by verdict; null until everybody is judged
	Open     bool           `json:"open"`     // it waits for 'offboard apply'
}

func planOf(s *journal.State) *Plan {
	switch {
	case s.Plan != nil:
		return &Plan{s.Plan.Verdicts, s.IsPlan()}
	case s.IsPlan():
		return &Plan{nil, true}
	}
	return nil
}

// Users counts the roster's rows by where they stand; they add up to the rows.
type Users struct {
	Done    int `json:"done"`
	Pending int `json:"pending"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
	Unsent  int `json:"unsent"`
	Unknown int `json:"unknown"`
}

// Platform counts users by what a platform last said of them.
type Platform struct {
	Done    int `json:"done"`
	Pending int `json:"pending"`
	Failed  int `json:"failed"`
}

// Check counts users by what their latest check has found.
type Check struct {
	Off     int `json:"off"`
	On      int `json:"on"`
	Missing int `json:"missing"`
	Failed  int `json:"failed"`
}

// Undo counts users by what came of putting them back.
type Undo struct {
	Done    int `json:"done"`
	Pending int `json:"pending"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"` // on already
	Unknown int `json:"unknown"` // sent, no answer on record
}

func countUndo(s *journal.State) *Undo {
	n := s.UndoCounts()
	u := Undo{Done: n[journal.Done], Pending: n[journal.Pending], Failed: n[journal.Failed], Skipped: n[journal.Skipped], Unknown: n[journal.Unknown]}
	if u == (Undo{}) {
		return nil
	}
	return &u
}

func countChecks(s *journal.State) *Check {
	n := s.CheckCounts()
	c := Check{Off: n[journal.Off], On: n[journal.On], Missing: n[journal.Missing], Failed: n[journal.Failed]}
	if c == (Check{}) {
		return nil
	}
	return &c
}

// countUsers is the users' part of a summary.
func countUsers(s *journal.State) Users {
	n := s.Counts()
	return Users{
		Done:    n[journal.Done],
		Pending: n[journal.Pending],
		Failed:  n[journal.Failed],
		Skipped: n[journal.Skipped],
		Unsent:  n[journal.Unsent],
		Unknown: n[journal.Unknown],
	}
}

// Head is a summary without its platforms, which only the views' walk over
// all answers can count.
func Head(s *journal.State) Summary {
	sum := Summary{
		Run:       s.Header.Run,
		RunID:     s.Header.ID,
		Tenant:    s.Header.Tenant,
		Simulated: s.Header.Simulated,
		Input:     Input{Rows: s.Checked.Rows, SHA256: s.Header.Input.SHA256},
		Users:     countUsers(s),
		Refused:   s.Refused(),
		Plan:      planOf(s),
		Unseen:    s.Unseen(),
		Platforms: map[string]Platform{},
		Check:     countChecks(s),
		Undo:      countUndo(s),
		Started:   s.Started,
	}
	if last := s.Last(); !last.Ended.IsZero() {
		sum.Finished, sum.ExitCode = &last.Ended, &last.Exit
	}
	return sum
}

func (s *Summary) count(l latest) {
	for _, p := range l.platforms {
		n := s.Platforms[p.Name]
		switch p.Outcome {
		case journal.Done:
			n.Done++
		case journal.Pending:
			n.Pending++
		case journal.Failed:
			n.Failed++
		}
		s.Platforms[p.Name] = n
	}
}
