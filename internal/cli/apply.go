package cli

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/batch"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// applyFlags are those of `offboard apply`.
type applyFlags struct {
	tenantFlags
	paceFlags
	sendFlags
	ruleFlags
	hourFlags
	approvalFlags
	maxAge  period
	recheck bool
	yes     bool
}

func (a *app) applyCommand() *cobra.Command {
	f := applyFlags{maxAge: period(24 * time.Hour)}
	cmd := &cobra.Command{
		Use:   "apply RUN",
		Short: "Do exactly what a plan says",
		Long: `Do exactly what a plan says. A plan that is too old, was altered, or whose roster
was, is refused; so is one that a guard finds too large.`,
		Args: oneArg("the folder of a plan", "offboard apply runs/20261124T090000Z-leavers"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.apply(cmd.Context(), args[0], &f, cmd.Flags())
		},
	}
	flags := cmd.Flags()
	f.tenantFlags.register(flags)
	f.paceFlags.register(flags)
	f.sendFlags.register(flags)
	f.ruleFlags.register(flags)
	f.hourFlags.register(flags)
	f.approvalFlags.register(flags)
	flags.BoolVar(&f.recheck, "recheck", false, "look everybody up once more before they are sent, and skip who has changed")
	flags.Var(&f.maxAge, "max-age", "refuse a plan that is older")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) apply(ctx context.Context, path string, f *applyFlags, flags *pflag.FlagSet) error {
	run, err := a.reopen(path, &f.tenantFlags, flags)
	var other *failure
	if errors.As(err, &other) && other.changed {
		other.code = exitRefused
	}
	if err != nil {
		return err
	}
	defer run.dir.Close()
	if err := errors.Join(f.waveFlags.check(), a.applicable(run, f)); err != nil {
		return errors.Join(err, run.journal.Close())
	}
	approval, err := f.approvalFlags.check(run)
	if err != nil {
		return errors.Join(err, run.journal.Close())
	}
	ctx, stop, err := f.limit(ctx)
	if err != nil {
		return errors.Join(err, run.journal.Close())
	}
	defer stop()
	k, disconnect, err := a.take(run, modeOf(f.async), f.paceFlags)
	if err != nil {
		return err
	}
	defer disconnect()
	b := f.job("apply", isUnsent, f.yes)
	b.approval = approval
	b.settings, _ = keep(flags)
	if f.recheck {
		b.changed = f.changed
	}
	return a.goThrough(ctx, b, k, &f.ruleFlags)
}

// applicable refuses what must not be applied.
func (a *app) applicable(run *opened, f *applyFlags) error {
	if err := run.intact(); err != nil {
		return err
	}
	if err := run.fresh(time.Duration(f.maxAge)); err != nil {
		return err
	}
	return a.mayAsk(run.tenant, f.yes, run.journal.State().Counts()[journal.Unsent])
}

// intact refuses what is no plan, or not the one that was sealed.
func (o *opened) intact() error {
	s, path := o.journal.State(), o.dir.Path()
	switch {
	case s.Began(journal.ActionDeactivate):
		return usage("to go on with it: "+command("resume", path), "%s was applied already", path)
	case s.Plan == nil:
		return usage("to go on with it: "+command(onward(s), path), "%s is not planned to the end", path)
	case o.halfStruck():
		return refuse("to finish that: "+command("plan", path), "people are being struck from the plan, and it is not sealed again")
	}
	return o.unaltered()
}

// fresh refuses a plan whose look began too long ago.
func (o *opened) fresh(most time.Duration) error {
	if age := time.Since(o.journal.State().Stages[0].Began); age > most {
		return refuse("people may have changed since then: make a new plan, or raise --max-age",
			"the plan is %s old, and --max-age is %s", legible(age), most)
	}
	return nil
}

// unaltered refuses a plan whose file is not what was sealed.
func (o *opened) unaltered() error {
	path := o.dir.File(rundir.Plan)
	digest, err := o.dir.Digest(rundir.Plan)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refuse("put it back, or make a new plan", "%s is gone", path)
	case err != nil:
		return err
	case digest != o.journal.State().Plan.SHA256:
		return refuse("put it back as it was; to strike people: "+command("plan", o.dir.Path())+" --drop USER",
			"%s is not what was planned: somebody has edited it", path)
	}
	return nil
}

// changed judges a look just before somebody is sent: they must be as planned.
func (r *ruleFlags) changed(a netex.Answer) *batch.Change {
	row := plan.Row{Seen: journal.Outcome(a.Outcome), Why: a.Message}
	if a.Person != nil {
		row.Person = batch.Person(a.Person)
	}
	verdict, reason := plan.Rules{IncludeAdmins: r.includeAdmins}.Judge(row)
	if verdict == plan.Deactivate {
		return nil
	}
	return &batch.Change{Outcome: verdict.Outcome(), Verdict: string(verdict), Reason: reason + " since the plan was made"}
}
