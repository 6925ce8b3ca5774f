package cli

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// status is what `offboard status --json` prints.
type status struct {
	results.Summary
	Working      int      `json:"working"`       // process at work on the run, -1 if its number is not known; 0: none
	LastCommand  string   `json:"last_command"`  // as in the journal's stages
	UnknownUsers []string `json:"unknown_users"` // sent, no answer on record
}

func (a *app) statusCommand() *cobra.Command {
	var exitCode bool
	cmd := &cobra.Command{
		Use:   "status RUN",
		Short: "What stands where, also while it is running",
		Long: `Read a run's journal and tell what stands where. It changes nothing, and may be
called while another process works on the run.`,
		Args: oneArg("the folder of a run", "offboard status runs/20261124T090000Z-leavers"),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.status(args[0], exitCode)
		},
	}
	cmd.Flags().BoolVar(&exitCode, "exit-code", false, "exit with the run's standing instead of 0")
	return cmd
}

func (a *app) status(path string, exitCode bool) error {
	if err := rundir.Exists(path); err != nil {
		return runError(path, err)
	}
	record := filepath.Join(path, rundir.Journal)
	s, err := journal.Load(record)
	if err != nil {
		return journalError(path, err)
	}
	st := status{Summary: results.Head(s), LastCommand: s.Last().Command, UnknownUsers: []string{}}
	var inUse *rundir.InUseError
	if errors.As(rundir.InUse(path), &inUse) {
		st.Working = max(inUse.PID, -1)
	}
	if st.Users.Unknown > 0 {
		if st.UnknownUsers, err = unknownUsers(record, s); err != nil {
			return err
		}
	}
	if a.json {
		a.printJSON(st)
	} else {
		a.printStatus(st, s, path)
	}
	code := undoCode(s)
	if code == exitOK {
		code = standingCode(s)
	}
	if exitCode && code != exitOK {
		return &failure{code: code}
	}
	return nil
}

func (a *app) printStatus(st status, s *journal.State, path string) {
	var p page
	p.head(st.Summary, path)
	p.line("began", s.Started.Local().Format(time.DateTime))
	p.line("last", lastCommand(st, s.Last()))
	p.users(st.Users, st.Input.Rows, st.Working != 0)
	if st.Working == 0 {
		for _, u := range st.UnknownUsers {
			p.line("  unknown", harmless(u))
		}
	}
	p.undo(st.Undo)
	if st.Check != nil {
		p.checks(st.Check, s)
	}
	if st.Working == 0 {
		p.next(s, job{}, path)
	}
	p.WriteTo(a.Stdout)
}

func lastCommand(st status, last journal.StageState) string {
	switch {
	case last.Command == "":
		return "no command has begun"
	case st.Working > 0:
		return fmt.Sprintf("%s, at work since %s (process %d)", last.Command, last.Began.Local().Format(time.DateTime), st.Working)
	case st.Working < 0:
		return fmt.Sprintf("%s, at work since %s", last.Command, last.Began.Local().Format(time.DateTime))
	case last.Ended.IsZero():
		return fmt.Sprintf("%s, begun %s and killed", last.Command, last.Began.Local().Format(time.DateTime))
	}
	s := fmt.Sprintf("%s, ended %s with exit code %d", last.Command, last.Ended.Local().Format(time.DateTime), last.Exit)
	if last.Why != "" {
		s += ": " + harmless(last.Why)
	}
	return s
}

// unknownUsers names those who were sent and have no answer on record, by row.
func unknownUsers(record string, s *journal.State) ([]string, error) {
	byRow := make(map[int]string)
	err := journal.Scan(record, func(l journal.Line) error {
		// A run that goes on has rows that s does not know of yet as sent.
		if l.Kind != journal.KindSent || l.Row > s.Checked.Rows || s.Standing(l.Row) != journal.Unknown || byRow[l.Row] != "" {
			return nil
		}
		e, err := l.Entry()
		byRow[l.Row] = e.User
		return err
	})
	names := []string{}
	for _, row := range slices.Sorted(maps.Keys(byRow)) {
		names = append(names, byRow[row])
	}
	return names, err
}
