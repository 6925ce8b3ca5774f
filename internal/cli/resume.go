package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/durable"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/roster"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// laterFlags are those of the commands that work on a run that was sent. What
// is not given is taken over from the run.
type laterFlags struct {
	tenantFlags
	paceFlags
	hourFlags
	message string
}

func (l *laterFlags) register(f *pflag.FlagSet) {
	l.tenantFlags.register(f)
	l.paceFlags.register(f)
	l.hourFlags.register(f)
	f.Bool("yes", false, "accepted for scripts; these commands never ask")
}

// resumeFlags are those of `offboard resume`: a run may have stopped before its
// plan was made.
type resumeFlags struct {
	tenantFlags
	paceFlags
	sendFlags
	ruleFlags
	hourFlags
	yes bool
}

func (a *app) resumeCommand() *cobra.Command {
	var f resumeFlags
	cmd := &cobra.Command{
		Use:   "resume RUN",
		Short: "Go on with a run that stopped",
		Long: `Go on with a run that stopped: send the users that were not sent yet, and those
for which the program died before their answer was recorded. Flags that are
not given are those of the run. It asks only when the run had not asked yet.`,
		Args: oneArg("the folder of a run", "offboard resume runs/20261124T090000Z-leavers"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.resume(cmd.Context(), args[0], &f, cmd.Flags())
		},
	}
	flags := cmd.Flags()
	f.tenantFlags.register(flags)
	f.paceFlags.register(flags)
	f.sendFlags.register(flags)
	f.ruleFlags.register(flags)
	f.hourFlags.register(flags)
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) resume(ctx context.Context, path string, f *resumeFlags, flags *pflag.FlagSet) error {
	run, err := a.reopen(path, &f.tenantFlags, flags)
	if err != nil {
		return err
	}
	defer run.dir.Close()
	b, s := a.spare(f.job("resume", isOpen, f.yes), run.journal), run.journal.State()
	summary, ok := results.Current(paths(run.dir), s)
	if ok && b.size(run.journal) == 0 && !b.follows(s) {
		return errors.Join(a.nothingToDo(summary, b, run), run.journal.Close())
	}
	ctx, stop, err := f.limit(ctx)
	if err == nil {
		defer stop()
		err = a.resumable(run, f.yes)
	}
	var rules plan.Rules
	if err == nil && !s.Began(journal.ActionDeactivate) {
		rules, err = f.rules()
	}
	if err != nil {
		return errors.Join(err, run.journal.Close())
	}
	k, disconnect, err := a.take(run, b.mode, f.paceFlags)
	if err != nil {
		return err
	}
	defer disconnect()
	if s.Began(journal.ActionDeactivate) {
		return a.work(ctx, b, k)
	}
	k.rules = rules
	return a.goThrough(ctx, b, k, &f.ruleFlags)
}

// resumable refuses to turn a plan into a run, and to ask where nobody can.
func (a *app) resumable(run *opened, yes bool) error {
	s := run.journal.State()
	if s.Began(journal.ActionDeactivate) {
		return nil
	}
	switch verb := onward(s); verb {
	case "plan":
		return usage("to go on with the look: "+command(verb, run.dir.Path()), "%s is a plan", run.dir.Path())
	case "apply":
		return usage("to carry it out: "+command(verb, run.dir.Path()), "%s is a plan", run.dir.Path())
	}
	return a.mayAsk(run.tenant, yes, s.Counts()[journal.Unsent])
}

func (a *app) retryCommand() *cobra.Command {
	var f laterFlags
	var failed bool
	cmd := &cobra.Command{
		Use:   "retry RUN",
		Short: "Send the pending users again, synchronously",
		Long: `Send the pending users of a run again, synchronously: the only call that gets
every platform's own final status. Users whose answer was lost are sent too.`,
		Args: oneArg("the folder of a run", "offboard retry runs/20261124T090000Z-leavers"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.later(cmd.Context(), args[0], &f, cmd.Flags(), func() job {
				return job{
					command: "retry",
					action:  journal.ActionDeactivate,
					mode:    netex.Synchronous,
					wants: func(j *journal.Journal, row int) bool {
						o := j.Standing(row)
						return o == journal.Pending || o == journal.Unknown ||
							failed && !j.Barred(row) && (o == journal.Failed || o == journal.Done && j.LastCheck(row) == journal.On)
					},
					message: f.message,
					flags:   chosen("failed", failed),
				}
			})
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().BoolVar(&failed, "failed", false, "the failed users too, and those whom a check has found on")
	cmd.Flags().StringVar(&f.message, "message", "", "for the user; a roster column 'message' wins for its row")
	return cmd
}

func (a *app) checkCommand() *cobra.Command {
	var f laterFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "check RUN",
		Short: "Read back, change nothing: is the account off?",
		Long: `Read back the pending users of a run, and those whose answer was lost: is the
central account off? Nothing is changed, and a platform's pending answer stays
pending: no documented call can confirm it but 'offboard retry'.`,
		Args: oneArg("the folder of a run", "offboard check runs/20261124T090000Z-leavers"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.later(cmd.Context(), args[0], &f, cmd.Flags(), func() job {
				return job{
					command: "check",
					action:  journal.ActionCheck,
					wants: func(j *journal.Journal, row int) bool {
						o := j.Standing(row)
						return o == journal.Pending || o == journal.Unknown || all && o != journal.Skipped
					},
					flags: chosen("all", all),
				}
			})
		},
	}
	f.register(cmd.Flags())
	cmd.Flags().BoolVar(&all, "all", false, "every user of the run")
	return cmd
}

// chosen is a flag as it is written behind a command.
func chosen(flag string, on bool) string {
	if !on {
		return ""
	}
	return " --" + flag
}

func isUnsent(j *journal.Journal, row int) bool { return j.Standing(row) == journal.Unsent }

// isOpen is a row that was not sent, or sent without an answer on record.
func isOpen(j *journal.Journal, row int) bool {
	o := j.Standing(row)
	return o == journal.Unsent || o == journal.Unknown
}

// spare keeps a job from switching off again whom an undo has put back, and
// says so.
func (a *app) spare(b job, j *journal.Journal) job {
	if b.action != journal.ActionDeactivate {
		return b
	}
	wants := b.wants
	spared := job{wants: func(j *journal.Journal, row int) bool {
		return wants(j, row) && j.Undo(row) != journal.Unsent
	}}
	if n := spared.size(j); n > 0 {
		a.log.Warn("left alone: an undo has taken them over; to switch them off again, make a new run", "users", n)
	}
	b.wants = func(j *journal.Journal, row int) bool { return wants(j, row) && j.Undo(row) == journal.Unsent }
	return b
}

// later opens a run, makes sure that it is what was written, and works on it.
func (a *app) later(ctx context.Context, path string, f *laterFlags, flags *pflag.FlagSet, makeJob func() job) error {
	run, err := a.reopen(path, &f.tenantFlags, flags)
	if err != nil {
		return err
	}
	defer run.dir.Close()
	b := a.spare(makeJob(), run.journal)
	summary, ok := results.Current(paths(run.dir), run.journal.State())
	if ok && b.size(run.journal) == 0 && !b.follows(run.journal.State()) {
		return errors.Join(a.nothingToDo(summary, b, run), run.journal.Close())
	}
	ctx, stop, err := f.limit(ctx)
	if err != nil {
		return errors.Join(err, run.journal.Close())
	}
	defer stop()
	k, disconnect, err := a.take(run, b.mode, f.paceFlags)
	if err != nil {
		return err
	}
	defer disconnect()
	return a.work(ctx, b, k)
}

// follows reports whether the job goes on with a command that was interrupted.
// It is then the one that says how the run stands, even with nobody left.
func (b job) follows(s *journal.State) bool {
	last := s.Last()
	return last.Exit == exitInterrupted && b.command == job{command: last.Command}.next(s)
}

// nothingToDo answers for a job that wants nobody, on a run whose views stand.
func (a *app) nothingToDo(s results.Summary, b job, run *opened) error {
	a.watchIdle(run.dir, run.journal.State(), &s)
	a.printSummary(s, run.journal.State(), b, run.dir, 0)
	if end := b.finished(run.journal.State(), run.dir); end.code != exitOK {
		return end
	}
	return nil
}

// opened is a run whose folder is locked, and whose record is sound.
type opened struct {
	dir     *rundir.Dir
	journal *journal.Journal
	roster  *roster.Roster
	tenant  tenant
}

// reopen opens a run and takes over its settings.
func (a *app) reopen(path string, f *tenantFlags, flags *pflag.FlagSet) (*opened, error) {
	dir, err := openRun(path)
	if err != nil {
		return nil, err
	}
	j, err := journal.Open(dir.File(rundir.Journal))
	if err != nil {
		dir.Close()
		return nil, journalError(path, err)
	}
	a.identify(j.State().Header.ID)
	r, t, err := a.settle(dir, j.State().Header, f, flags)
	if err != nil {
		return nil, errors.Join(err, j.Close(), dir.Close())
	}
	return &opened{dir, j, r, t}, nil
}

// settle takes over the run's settings, and opens its roster and its tenant.
func (a *app) settle(dir *rundir.Dir, h journal.Header, f *tenantFlags, flags *pflag.FlagSet) (*roster.Roster, tenant, error) {
	if a.getenv("OFFBOARD_TOKEN") != "" || a.getenv("OFFBOARD_TOKEN_FILE") != "" {
		// A token that is given now is newer than the run's own file.
		delete(h.Settings, "token-file")
		delete(h.Environment, "token-file")
	}
	if command := flags.Lookup("token-command"); command != nil && given(command) {
		delete(h.Settings, "token-file")
		delete(h.Environment, "token-file")
	} else if command != nil && h.Setting("token-file") != "" {
		f.tokenCmd = "" // of the file of settings; the run has a token of its own
	}
	if err := takeOver(flags, h); err != nil {
		return nil, tenant{}, err
	}
	t, err := a.sameTenant(h, *f, typed(flags.Lookup("base-url")))
	if err != nil {
		return nil, t, err
	}
	r, err := openInput(dir, h)
	return r, t, err
}

// openInput opens the run's copy of the roster, in the dialect that it was
// read in first.
func openInput(dir *rundir.Dir, h journal.Header) (*roster.Roster, error) {
	in := h.Input
	digest, err := dir.Digest(rundir.Input)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, mismatch("put the roster back as "+quote(dir.File(rundir.Input)), "the run's copy of the roster is gone")
	}
	if err != nil {
		return nil, journalError(dir.Path(), err)
	}
	if digest != in.SHA256 {
		return nil, mismatch(fmt.Sprintf("put back the file whose SHA-256 is %s; for another roster make a new run", in.SHA256),
			"%s is not the roster that this run began with", dir.File(rundir.Input))
	}
	delimiter := []rune(in.Delimiter)
	if len(delimiter) != 1 {
		return nil, usage("the journal was altered", "the run's delimiter is %q", in.Delimiter)
	}
	hours := hourFlags{timezone: cmp.Or(h.Setting("timezone"), "UTC")}
	zone, err := hours.zone()
	if err != nil {
		return nil, err
	}
	dates := dueFlags{h.Setting("due-column"), h.Setting("date-format"), cmp.Or(h.Setting("due-empty"), "refuse")}
	reader, err := dates.reader(zone)
	if err != nil {
		return nil, err
	}
	r, err := roster.Open(dir.File(rundir.Input), in.Name, roster.Options{
		UserColumn: in.UserColumn,
		Delimiter:  delimiter[0],
		Encoding:   in.Encoding,
		LazyQuotes: in.LazyQuotes,
		DueColumn:  dates.column,
		Due:        reader,
	})
	if err != nil {
		return nil, inputError(err)
	}
	return r, nil
}

// openRun locks the folder of a run.
func openRun(path string) (*rundir.Dir, error) {
	dir, err := rundir.Open(path)
	if err != nil {
		return nil, runError(path, err)
	}
	return dir, nil
}

func runError(path string, err error) error {
	var inUse *rundir.InUseError
	switch {
	case errors.As(err, &inUse):
		return fail(exitRefused, "wait for it; how far it is: "+command("status", path), "%s: %v", path, err)
	case errors.Is(err, fs.ErrNotExist):
		return usage("name the folder of a run, as 'offboard run' printed it", "%s: there is no such folder", path)
	case errors.Is(err, durable.ErrNotPlain):
		return notPlain(err)
	case errors.Is(err, rundir.ErrNoRun):
		return usage("name the folder of a run: it has a "+rundir.Journal+" in it", "%s: %v", path, err)
	case ails(err):
		return diskAilment(err)
	}
	return usage("name the folder of a run", "%v", err)
}

// notPlain says that something else stands where a file of the run should.
func notPlain(err error) error {
	return usage("nothing was sent; find out who put it there, and move the run's own file back to its place", "%v", err)
}

// diskAilment is a disk that lets no command begin on a run.
func diskAilment(err error) error {
	return fail(exitStopped, remedy(err)+", then try again; nothing was sent", "%v", err)
}

// journalError says why a run's record cannot be used.
func journalError(path string, err error) error {
	var newer *journal.NewerError
	var damage *journal.DamageError
	switch {
	case errors.As(err, &newer):
		return usage("use the version of offboard that made the run, or a newer one", "%s: %v", path, err)
	case errors.Is(err, durable.ErrNotPlain):
		return notPlain(err)
	case ails(err):
		return diskAilment(err)
	case errors.As(err, &damage):
		return usage("nothing was sent; restore the file from a backup, or go through the run's results.csv by hand",
			"the journal is damaged: %v", err)
	}
	return usage("check who may read and write the run's folder", "%v", err)
}
