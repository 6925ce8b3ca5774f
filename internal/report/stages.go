package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/prose"
)

// stageRow is a line of the table of stages.
type stageRow struct {
	Place    int // from 1
	Command  string
	Work     string
	Began    string
	Took     string
	Answers  int
	Attempts int    // 0: they were not counted, or there were none
	Rate     string // answers a second
	Ended    string
	Good     bool // nothing went wrong
}

func newStageRow(h *chapter, all []journal.StageState, s Source) stageRow {
	stage := h.StageState
	r := stageRow{
		Place: h.place + 1, Command: visible(stage.Command), Work: stageWork(stage), Began: stage.Began.UTC().Format(time.DateTime),
		Answers: h.answers, Took: "not known",
	}
	if h.answers > 0 && stage.Action != journal.ActionLookup {
		r.Attempts, r.Rate = h.attempts, rate(h.average())
	}
	switch last := h.place == len(all)-1; {
	case !stage.Ended.IsZero():
		r.Took = span(stage.Ended.Sub(stage.Began))
		r.Ended, r.Good = ended(stage, s.Pseudonyms != nil), slices.Contains(fine, stage.Exit)
	case !last && all[h.place+1].Command == stage.Command && all[h.place+1].Action != stage.Action:
		r.Took = span(all[h.place+1].Began.Sub(stage.Began))
		r.Ended, r.Good = "went on with the next", true
	case last && s.Working:
		r.Ended, r.Good = "at work", true
	default:
		r.Ended = "killed: no end is on record"
	}
	return r
}

// stageWork says what a stage did.
func stageWork(s journal.StageState) string {
	work := map[string]string{
		journal.ActionLookup: "looks everybody up", journal.ActionDeactivate: "switches off",
		journal.ActionCheck: "reads back", journal.ActionActivate: "switches on again",
	}[s.Action]
	if s.Mode != "" {
		work += ", " + visible(s.Mode)
	}
	return work
}

// fine are the exit codes of a command that did what it could.
var fine = []int{0, 4, 130}

// ended says how a command has ended. Why it stopped may name files and hosts.
func ended(s journal.StageState, hidden bool) string {
	text, ok := map[int]string{
		0: "as it should", 3: "some people failed", 4: "some people are pending", 5: "refused", 6: "stopped early", 130: "interrupted",
	}[s.Exit]
	if !ok {
		text = "an error"
	}
	if s.Exit == 3 && s.Action == journal.ActionCheck {
		text = "somebody is on, or missing"
	}
	why := strings.TrimSpace(visible(s.Why))
	if why != "" && !hidden && why != text {
		text += ": " + why
	}
	return fmt.Sprintf("%s (exit code %s)", text, prose.Number(s.Exit))
}
