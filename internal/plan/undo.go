package plan

import (
	"cmp"
	"fmt"

	"github.com/offboard-cli/offboard/internal/journal"
)

// The verdicts of an undo, beside NotFound, Ambiguous and NoAnswer. Only
// Activate is acted on.
const (
	Activate     Verdict = "activate"
	OnAlready    Verdict = "on-already"
	WasOff       Verdict = "was-off"
	UnknownPrior Verdict = "prior-unknown"
	PutBack      Verdict = "put-back" // by an earlier undo
	SomebodyElse Verdict = "somebody-else"
)

// UndoVerdicts are all of them, in the order in which a summary counts them.
var UndoVerdicts = []Verdict{Activate, OnAlready, WasOff, UnknownPrior, PutBack, NotFound, SomebodyElse, Ambiguous, NoAnswer}

// Sent is a row whose deactivation a run has sent, and what is known of its
// person.
type Sent struct {
	Standing journal.Outcome // of the deactivation
	Prior    journal.Outcome // On, Off, or anything else when it is not known
	Undo     journal.Outcome // what came of earlier undos
	Seen     journal.Outcome // how the person is now; Unsent: nobody has looked yet
	Why      string          // the tenant's words on Missing and Failed
	Person   *journal.Person // of On and Off
	Former   *journal.Person // another one whom the same user meant before
	Tried    bool            // an activation may have been acted on
	Half     string          // the platforms that switched off who is on at the centre
}

// JudgePast judges by what is on record of the time before the undo: the
// person is to be looked up if it returns Activate. Whose state before the run
// is not known is put back only if guess says so.
func (s Sent) JudgePast(guess bool) (Verdict, string) {
	switch {
	case s.Undo == journal.Done:
		return PutBack, "put back already"
	case s.Undo == journal.Skipped:
		return PutBack, "on already at an earlier undo"
	case s.Prior == journal.Off:
		return WasOff, "off before the run"
	case s.Prior != journal.On && !guess:
		return UnknownPrior, "not known whether they were on before the run"
	}
	return Activate, ""
}

// Judge returns what an undo does for the row, and the reason unless it is
// Activate.
func (s Sent) Judge(guess bool) (Verdict, string) {
	if v, reason := s.JudgePast(guess); v != Activate {
		return v, reason
	}
	switch {
	case s.Seen == journal.Unsent:
		return NoAnswer, "was not looked up"
	case s.Seen == journal.Failed:
		return NoAnswer, "could not be looked up: " + s.Why
	case s.Seen == journal.Missing:
		return NotFound, cmp.Or(s.Why, "the tenant knows no such user any more")
	case s.Seen == journal.Ambiguous:
		return Ambiguous, "fits two people: one by id, one by username"
	case s.Former != nil:
		return SomebodyElse, fmt.Sprintf("the user is somebody else now: id %s, and was %s", s.Person.ID, s.Former.ID)
	case s.Seen == journal.On && s.Tried, s.Seen == journal.On && s.Half != "":
		return Activate, "" // the other platforms may be off
	case s.Seen == journal.On && (s.Standing == journal.Done || s.Standing == journal.Pending):
		return OnAlready, "on already: somebody has switched them on"
	case s.Seen == journal.On:
		return OnAlready, "on: not switched off by this run, or switched on again"
	}
	return Activate, ""
}

// Recorded reports whether the verdict of an undo is news: the others follow
// from the record as it stands.
func (v Verdict) Recorded() bool {
	return v == OnAlready || v.Outcome() == journal.Failed
}
