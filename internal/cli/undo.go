package cli

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// undoFlags are those of `offboard undo`.
type undoFlags struct {
	tenantFlags
	paceFlags
	only         string
	unknownPrior string
	maxUsers     headcount
	yes          bool
}

func (a *app) undoCommand() *cobra.Command {
	var f undoFlags
	cmd := &cobra.Command{
		Use:   "undo RUN",
		Short: "Put the people of a run back to the state they had before it",
		Long: `Put the people of a run back to the state they had before it: switch on those
whom the run switched off and who were on before. Everybody is looked up first,
and who was switched on by somebody else meanwhile is left alone. What will be
done, and for whom, is in undo.csv before it asks.

An undo that stopped early goes on with the same command.`,
		Example: `  offboard undo runs/20261124T090000Z-leavers
  offboard undo runs/20261124T090000Z-leavers --only sorry.txt`,
		Args: oneArg("the folder of a run", "offboard undo runs/20261124T090000Z-leavers"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.undo(cmd.Context(), args[0], &f, cmd.Flags())
		},
	}
	flags := cmd.Flags()
	f.tenantFlags.register(flags)
	f.paceFlags.register(flags)
	flags.StringVar(&f.only, "only", "", "file of users to put back, one a line, by what the roster says, id or username (default all)")
	flags.StringVar(&f.unknownPrior, "unknown-prior", "", "what to do with those of whom nobody knows whether they were on: activate or skip")
	flags.Var(&f.maxUsers, "max-users", "refuse to put back more users than that")
	flags.Lookup("max-users").DefValue = ""
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) undo(ctx context.Context, path string, f *undoFlags, flags *pflag.FlagSet) error {
	yes, most := f.yes, f.maxUsers
	run, err := a.reopen(path, &f.tenantFlags, flags)
	if err != nil {
		return err
	}
	defer run.dir.Close()
	f.yes, f.maxUsers = yes, most // not the run's own: they were about switching off
	u, err := a.newUndo(run, f)
	if err != nil {
		return errors.Join(err, run.journal.Close())
	}
	summary, ok := results.Current(paths(run.dir), run.journal.State())
	if b := u.job(); ok && u.due() == 0 && !b.follows(run.journal.State()) {
		return errors.Join(a.nothingToDo(summary, b, run), run.journal.Close())
	}
	k, disconnect, err := a.take(run, netex.Synchronous, f.paceFlags)
	if err != nil {
		return err
	}
	defer disconnect()
	return a.conclude(u.job(), k, a.putBack(ctx, u, k))
}

// undo is an undo under way.
type undo struct {
	*undoFlags
	chosen   []bool // by row number - 1: the run has sent it, and --only means it
	send     []bool
	verdicts map[plan.Verdict]int
	first    []string // a few who are to be put back
	spared   int      // rows that are meant, but that the run has not sent
}

// guess reports whether people are put back of whom nobody knows whether they
// were on.
func (u *undo) guess() bool { return u.unknownPrior == string(plan.Activate) }

// due is the number of those to be looked up, and then to be put back.
func (u *undo) due() int { return u.verdicts[plan.Activate] }

func (u *undo) job() job {
	b := job{
		command: "undo",
		action:  journal.ActionActivate,
		mode:    netex.Synchronous,
		wants:   func(_ *journal.Journal, row int) bool { return u.send[row-1] },
	}
	if u.only != "" {
		b.flags += " --only " + quote(u.only)
	}
	if u.unknownPrior != "" {
		b.flags += " --unknown-prior " + u.unknownPrior
	}
	return b
}

// newUndo finds whom the undo is about, by what is on record, and refuses what
// need not be begun.
func (a *app) newUndo(run *opened, f *undoFlags) (*undo, error) {
	s, path := run.journal.State(), run.dir.Path()
	u := &undo{undoFlags: f, chosen: make([]bool, s.Checked.Rows), send: make([]bool, s.Checked.Rows)}
	switch {
	case f.unknownPrior != "" && f.unknownPrior != "skip" && !u.guess():
		return nil, usage("choose activate or skip", "--unknown-prior: %q is neither", f.unknownPrior)
	case !s.Began(journal.ActionDeactivate):
		return nil, usage("how it stands: "+command("status", path), "%s was never carried out: there is nothing to undo", path)
	}
	if err := u.choose(run); err != nil {
		return nil, err
	}
	if u.only != "" && u.spared > 0 {
		a.log.Warn("named by --only, but this run has sent nothing for them", "rows", u.spared)
	}
	if n := u.verdicts[plan.UnknownPrior]; n > 0 && f.unknownPrior == "" {
		return nil, usage("decide with --unknown-prior activate or --unknown-prior skip; nothing was sent",
			"nobody has recorded whether %s were on before the run", plural(n, "user"))
	}
	return u, a.mayAskFor("put back", "look at "+quote(run.dir.File(rundir.Results))+", then add --yes", run.tenant, f.yes, u.due())
}

// choose settles whom the undo is about.
func (u *undo) choose(run *opened) error {
	named, err := readUsers("only", u.only)
	if err != nil {
		return err
	}
	u.verdicts = make(map[plan.Verdict]int)
	for s, err := range results.AllSent(run.dir.File(rundir.Journal), run.journal.State(), run.roster) {
		if err != nil {
			return err
		}
		if u.only != "" && !isAmong(named, s.Names) {
			continue
		}
		if !run.journal.State().Sent(s.Number) {
			u.spared++
			continue
		}
		v, _ := s.JudgePast(u.guess())
		u.verdicts[v]++
		u.chosen[s.Number-1], u.send[s.Number-1] = true, v == plan.Activate
	}
	for _, name := range slices.Sorted(maps.Keys(named)) {
		if !named[name] {
			return usage("look at "+quote(run.dir.File(rundir.Results))+"; nothing was sent", "--only: nobody of the run is called %q", name)
		}
	}
	if u.only != "" && len(named) == 0 {
		return usage("write one user a line", "--only: %s names nobody", u.only)
	}
	return nil
}

// undone is the end of an undo that has worked on all its users.
func (b job) undone(s *journal.State, dir *rundir.Dir) *failure {
	if n := s.UndoCounts()[journal.Unknown]; n > 0 {
		return fail(undoCode(s), "to go on: "+command("undo", dir.Path()), "%s sent by an earlier undo, without an answer on record", plural(n, "user"))
	}
	return &failure{code: undoCode(s)}
}

// undoCode is where the undo of a run stands, as an exit code.
func undoCode(s *journal.State) int {
	n := s.UndoCounts()
	if n[journal.Unknown] > 0 {
		return exitStopped
	}
	return settledCode(n)
}
