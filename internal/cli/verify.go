package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/roster"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// verdict is what `offboard verify --json` prints.
type verdict struct {
	Run     string `json:"run"`
	OK      bool   `json:"ok"`                // nothing wrong was found
	State   string `json:"state,omitempty"`   // of the last command: ended, killed or working
	Working int    `json:"working,omitempty"` // the process at work, -1 if its number is not known
	Lines   int    `json:"lines,omitempty"`   // of the journal
	Chain   string `json:"chain,omitempty"`   // the journal's last value of it
	Input   string `json:"input_sha256,omitempty"`
	Plan    string `json:"plan_sha256,omitempty"`
	Views   bool   `json:"views"` // they were compared
	Wrong   *wrong `json:"wrong,omitempty"`

	record *journal.Record
	roster *roster.Roster
}

const (
	stateEnded   = "ended"
	stateKilled  = "killed"
	stateWorking = "working"
)

// wrong is the first place where a record is not what was written.
type wrong struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // from 1; 0: the file as a whole
	What string `json:"what"`
	hint string
}

func (w *wrong) Error() string {
	if w.Line == 0 {
		return fmt.Sprintf("%s: %s", w.File, w.What)
	}
	return fmt.Sprintf("%s: line %d: %s", w.File, w.Line, w.What)
}

func (a *app) verifyCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "verify RUN",
		Short: "Is this record complete and unaltered?",
		Long: `Check the record of a run, and change nothing: the chain of the journal, the
digests of the roster and of a plan, the counts, and that every view is what
follows from the journal, to the byte. It exits 0, or 3 with the first place
that is wrong.

It needs no lock, and works on a copy on a read-only medium. While a process is
at work on the run, and after one was killed, the views are not compared.`,
		Args: oneArg("the folder of a run", "offboard verify runs/20261124T090000Z-leavers"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.verify(cmd.Context(), args[0])
		},
	}
}

func (a *app) verify(ctx context.Context, path string) error {
	dir, err := rundir.Look(path)
	if err != nil {
		return runError(path, err)
	}
	v := verdict{Run: dir.Name()}
	err = a.examine(ctx, dir, &v)
	if err != nil && !errors.As(err, &v.Wrong) {
		return err
	}
	v.OK = v.Wrong == nil
	if a.json {
		a.printJSON(v)
	} else {
		v.print(a, path)
	}
	if v.Wrong != nil {
		return fail(exitFailed, v.Wrong.hint, "%v", v.Wrong)
	}
	return nil
}

// examine goes from what the rest follows from to what follows. It stops at
// the first thing that is wrong, with a *wrong.
func (a *app) examine(ctx context.Context, dir *rundir.Dir, v *verdict) error {
	working := v.look(dir)
	record, err := journal.Verify(dir.File(rundir.Journal))
	if err == nil && !working {
		err = record.Damage(dir.File(rundir.Journal))
	}
	if err != nil {
		return wrongJournal(dir, err)
	}
	s := record.State
	v.record = record
	v.Lines, v.Chain, v.Input = record.Lines, record.Chain, s.Header.Input.SHA256
	if err := wrongDigest(dir, rundir.Input, v.Input); err != nil {
		return err
	}
	if s.Plan != nil {
		v.Plan = s.Plan.SHA256
		if err := wrongDigest(dir, rundir.Plan, v.Plan); err != nil {
			return err
		}
	}
	r, err := openInput(dir, s.Header)
	if err != nil {
		return err
	}
	v.roster = r
	if err := wrongCounts(ctx, dir, s, r); err != nil {
		return err
	}
	switch last := s.Last(); {
	case working:
		return nil
	case last.Ended.IsZero():
		v.State = stateKilled
		return nil
	}
	v.State = stateEnded
	return a.wrongViews(dir, r, record, v)
}

// look says whether a process is at work on the run.
func (v *verdict) look(dir *rundir.Dir) bool {
	var inUse *rundir.InUseError
	if !errors.As(rundir.InUse(dir.Path()), &inUse) {
		return false
	}
	v.State, v.Working = stateWorking, max(inUse.PID, -1)
	if inUse.PID == 0 {
		v.Working = -1
	}
	return true
}

const restore = "put the file back from a copy; what it says is not to be relied on"

func wrongJournal(dir *rundir.Dir, err error) error {
	w := &wrong{File: dir.File(rundir.Journal), Line: 1, What: err.Error(), hint: restore}
	var damage *journal.DamageError
	var newer *journal.NewerError
	switch {
	case errors.As(err, &newer):
		w.hint = "use the version of offboard that made the run, or a newer one"
	case errors.Is(err, journal.ErrTorn):
		w.hint = "if the run was killed, that is how it ends: " + command("resume", dir.Path()) + " cuts it, and keeps it beside the journal; else put the file back from a copy"
		fallthrough
	case errors.As(err, &damage):
		errors.As(err, &damage)
		w.Line, w.What = damage.Line, damage.Err.Error()
	default:
		return journalError(dir.Path(), err)
	}
	return w
}

func wrongDigest(dir *rundir.Dir, name, want string) error {
	w := &wrong{File: dir.File(name), hint: "put back the file whose SHA-256 is " + want}
	digest, err := dir.Digest(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.What = "it is gone"
	case errors.Is(err, durable.ErrNotPlain):
		w.What = durable.ErrNotPlain.Error()
	case err != nil:
		return journalError(dir.Path(), err)
	case digest != want:
		w.What = "its SHA-256 is " + digest + ", and the journal says " + want
	default:
		return nil
	}
	return w
}

// wrongCounts counts the roster again.
func wrongCounts(ctx context.Context, dir *rundir.Dir, s *journal.State, r *roster.Roster) error {
	report, err := r.Check(ctx, true, func(roster.Skip) error { return nil })
	switch {
	case ctx.Err() != nil:
		return fail(exitInterrupted, "nothing was changed", "interrupted")
	case err != nil:
		return inputError(err)
	}
	sum := 0
	for _, n := range s.Counts() {
		sum += n
	}
	planned := report.Rows
	if s.Plan != nil {
		planned = 0
		for _, n := range s.Plan.Verdicts {
			planned += n
		}
	}
	if sum == report.Rows && planned == report.Rows && report.Rows == s.Checked.Rows && report.Users == s.Checked.Users {
		return nil
	}
	return &wrong{File: dir.File(rundir.Journal), hint: restore, What: fmt.Sprintf(
		"it counts %s with %s, %s in the plan and %s with an outcome; the roster has %s with %s",
		plural(s.Checked.Rows, "row"), plural(s.Checked.Users, "user"), number(planned), number(sum),
		plural(report.Rows, "row"), plural(report.Users, "user"))}
}

// wrongViews compares the views with the record, unless a command has begun to
// work on the run meanwhile.
func (a *app) wrongViews(dir *rundir.Dir, r *roster.Roster, record *journal.Record, v *verdict) error {
	_, err := results.Compare(paths(dir), r, record.State)
	if err == nil {
		v.Views = true
		return nil
	}
	if now, again := journal.Verify(dir.File(rundir.Journal)); v.look(dir) || again == nil && now.Chain != record.Chain {
		v.State = stateWorking
		return nil
	}
	w := &wrong{hint: "remove it, and the next command on the run makes it anew: " + command("resume", dir.Path())}
	if by := record.State.Last().Tool; by != a.Version {
		w.hint = fmt.Sprintf("version %s has made it and this is %s: verify with that one; or %s", by, a.Version, w.hint)
	}
	var different *results.Difference
	var file *fs.PathError
	switch {
	case errors.As(err, &different):
		w.File, w.Line, w.What = different.Path, different.Line, different.Error()
	case errors.As(err, &file) && filepath.Dir(file.Path) == filepath.Clean(dir.Path()) &&
		(errors.Is(err, fs.ErrNotExist) || errors.Is(err, durable.ErrNotPlain)):
		w.File, w.What = file.Path, "it is gone"
		if !errors.Is(err, fs.ErrNotExist) {
			w.What = durable.ErrNotPlain.Error()
		}
	default:
		return usage("the views are made anew to be compared: is there room in the folder for temporary files (TMPDIR)?",
			"cannot compare the views: %v", err)
	}
	return w
}

func (v *verdict) print(a *app, path string) {
	var p page
	p.line("run", path)
	if v.Lines > 0 {
		p.line("journal", plural(v.Lines, "line")+", chain "+v.Chain)
		p.line("roster", "SHA-256 "+v.Input)
	}
	if v.Plan != "" {
		p.line("plan", "SHA-256 "+v.Plan)
	}
	switch {
	case v.Wrong != nil:
		p.line("verdict", "not what was written: "+harmless(v.Wrong.Error()))
	case v.Views:
		p.line("views", "follow from the journal, byte for byte")
		p.line("verdict", "complete and unaltered")
	case v.State == stateWorking && v.Working > 0:
		p.line("views", fmt.Sprintf("not compared: process %d is at work on the run", v.Working))
		p.line("verdict", "unaltered so far")
	case v.State == stateWorking:
		p.line("views", "not compared: another process is at work on the run")
		p.line("verdict", "unaltered so far")
	default:
		p.line("views", "not compared: the last command was killed before it made them")
		p.line("verdict", "unaltered so far as it was written; "+command("resume", path)+" goes on")
	}
	p.WriteTo(a.Stdout)
}
