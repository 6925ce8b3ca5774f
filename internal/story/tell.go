package story

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
)

var errBegin = errors.New("its journal is cut off before the run has begun")

// tell replays what the record has on the person.
func (r *record) tell(who *identity) (Run, error) {
	byRow := make(map[int][]journal.Entry)
	for _, offset := range slices.Sorted(maps.Keys(r.hits)) {
		e := r.hits[offset]
		byRow[e.Row] = append(byRow[e.Row], e)
	}
	maps.DeleteFunc(byRow, func(_ int, entries []journal.Entry) bool { return !who.owns(entries) })
	run := Run{Path: r.folder}
	if len(byRow) == 0 {
		return run, nil
	}
	rows := make(map[int]*Row)
	s, err := r.replay(rows, byRow)
	if err != nil || s.Checked.Rows == 0 {
		return run, cmp.Or(err, errBegin)
	}
	run.Tenant, run.Simulated, run.Started = s.Header.Tenant, s.Header.Simulated, s.Started
	for _, n := range slices.Sorted(maps.Keys(rows)) {
		row := rows[n]
		row.Standing, row.Undo, row.Check = s.Standing(n), known(s.Undo(n)), known(s.LastCheck(n))
		run.Rows = append(run.Rows, *row)
	}
	return run, nil
}

// known leaves out what nobody has tried.
func known(o journal.Outcome) journal.Outcome {
	if o == journal.Unsent {
		return ""
	}
	return o
}

// replay goes through the lines about the run and those about the rows, in
// their order, and adds the events of each row.
func (r *record) replay(rows map[int]*Row, byRow map[int][]journal.Entry) (*journal.State, error) {
	lines := slices.Clone(r.about)
	for offset, e := range r.hits {
		if byRow[e.Row] != nil {
			lines = append(lines, journal.Line{Kind: e.Kind, Row: e.Row, Outcome: e.Outcome, Offset: offset})
		}
	}
	slices.SortFunc(lines, func(a, b journal.Line) int { return cmp.Compare(a.Offset, b.Offset) })
	var s journal.State
	for _, l := range lines {
		if err := s.Apply(l); err != nil {
			return nil, err
		}
		switch {
		case l.Kind == journal.KindPlan:
			planned(&s, rows)
		case l.Row > 0:
			if rows[l.Row] == nil {
				rows[l.Row] = &Row{Row: l.Row}
			}
			rows[l.Row].add(s.Last().Stage, r.hits[l.Offset])
		}
	}
	return &s, nil
}

// planned adds the verdict that no line of its own tells.
func planned(s *journal.State, rows map[int]*Row) {
	for n, row := range rows {
		if !s.Barred(n) {
			row.Events = append(row.Events, Event{Time: s.Planned, Command: s.Last().Command, Action: verdict, Outcome: string(plan.Deactivate)})
		}
	}
}

const verdict = "verdict"

// add adds the event that a line tells of.
func (row *Row) add(at journal.Stage, e journal.Entry) {
	row.User = cmp.Or(row.User, e.User)
	event := Event{Time: e.At, Command: at.Command, Action: at.Action, Outcome: string(e.Outcome), Reason: e.Reason, Answer: e.Answer}
	last := len(row.Events) - 1
	if answered := last >= 0 && row.Events[last].Outcome == sent; answered {
		row.Events = row.Events[:last] // what has become of it says more
	}
	switch e.Kind {
	case journal.KindSent:
		event.Outcome = sent
	case journal.KindSkip:
		event.Action = verdict
		event.Outcome = cmp.Or(e.Verdict, string(e.Outcome), string(journal.Skipped))
	case journal.KindWithdraw:
		event.Outcome, event.Withdrew = "", true
	}
	row.Events = append(row.Events, event)
}

// sent is of who has no answer on record.
const sent = "sent"
