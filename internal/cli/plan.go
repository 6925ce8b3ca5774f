package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

func (a *app) planCommand() *cobra.Command {
	var f newFlags
	var d dropFlags
	cmd := &cobra.Command{
		Use:   "plan ROSTER|RUN",
		Short: "Look everyone up, change nothing, write the plan of a run",
		Long: `Look everyone of a roster up and write what a run would do to plan.csv, in the
folder of a run that has sent nothing. 'offboard apply FOLDER' does exactly that.

Given the folder of a plan, it goes on with a look that was interrupted, strikes
people from the plan (--drop, --drop-file), or just shows it.`,
		Example: `  offboard plan leavers.csv --base-url https://acme.learningcloud.me
  offboard plan runs/20261124T090000Z-leavers --drop jane.doe`,
		Args: oneArg("a roster, or the folder of a plan", "offboard plan leavers.csv --simulate"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if rundir.Exists(args[0]) == nil {
				return a.replan(cmd.Context(), args[0], &f, d, cmd.Flags())
			}
			if d.given() {
				return usage("for example: offboard plan runs/20261124T090000Z-leavers --drop jane.doe",
					"--drop strikes people from a plan that exists: name its folder")
			}
			return a.newPlan(cmd.Context(), args[0], &f, cmd.Flags())
		},
	}
	f.register(cmd.Flags())
	d.register(cmd.Flags())
	return cmd
}

var planJob = job{command: journal.CommandPlan, action: journal.ActionLookup, wants: isUnseen}

func (a *app) newPlan(ctx context.Context, source string, f *newFlags, flags *pflag.FlagSet) error {
	k, disconnect, err := a.newTask(ctx, source, f, "", true, flags)
	if err != nil {
		return err
	}
	defer disconnect()
	if err := a.makePlan(ctx, planJob, k, &f.ruleFlags); err != nil {
		return a.conclude(planJob, k, err)
	}
	return a.showPlan(k.opened, &f.ruleFlags)
}

// replan goes on with a plan: with its look, or by striking people from it.
func (a *app) replan(ctx context.Context, path string, f *newFlags, d dropFlags, flags *pflag.FlagSet) error {
	run, err := a.reopen(path, &f.tenantFlags, flags)
	if err != nil {
		return err
	}
	defer run.dir.Close()
	s := run.journal.State()
	switch {
	case s.Began(journal.ActionDeactivate):
		err = usage("how it stands: "+command("status", path), "%s is no plan any more: it was applied", path)
	case s.Plan == nil && d.given():
		err = usage("to go on with the look first: "+command("plan", path), "%s is not planned to the end", path)
	case s.Plan == nil:
		return a.goOnPlanning(ctx, run, f)
	case d.given() || run.halfStruck():
		err = run.drop(d)
	default:
		err = run.unaltered()
	}
	if err != nil {
		return errors.Join(err, run.journal.Close())
	}
	return a.showPlan(run, &f.ruleFlags)
}

// goOnPlanning looks up and judges those who were not yet.
func (a *app) goOnPlanning(ctx context.Context, run *opened, f *newFlags) error {
	rules, err := f.rules()
	if err != nil {
		return errors.Join(err, run.journal.Close())
	}
	k, disconnect, err := a.take(run, "", f.paceFlags)
	if err != nil {
		return err
	}
	defer disconnect()
	k.rules = rules
	if err := a.makePlan(ctx, planJob, k, &f.ruleFlags); err != nil {
		return a.conclude(planJob, k, err)
	}
	return a.showPlan(run, &f.ruleFlags)
}

// planned is what `offboard plan --json` prints.
type planned struct {
	results.Summary
	Stop string `json:"stop,omitzero"` // why apply would be refused
}

// showPlan makes the views of a sealed plan and prints it. It closes the journal.
func (a *app) showPlan(run *opened, r *ruleFlags) error {
	stop := ""
	if err := run.guard(planJob, r); err != nil {
		stop = err.Error()
	}
	if err := run.journal.Close(); err != nil {
		return err
	}
	summary, err := results.Write(paths(run.dir), run.roster, run.journal.State())
	if err != nil {
		return viewError(run.dir, err, &failure{})
	}
	a.monitor.summary = &summary
	a.event("ended", "command", planJob.command, "run", run.dir.Path(), "exit_code", exitOK, "users", summary.Users)
	if a.json {
		a.printJSON(planned{summary, stop})
		return nil
	}
	var p page
	p.head(summary, run.dir.Path())
	p.plan(run.journal.State())
	if stop != "" {
		p.line("stop", "apply would be "+stop)
	}
	p.next(run.journal.State(), planJob, run.dir.Path())
	p.WriteTo(a.Stdout)
	return nil
}

// plan prints a line for each verdict that rows have.
func (p *page) plan(s *journal.State) {
	if s.Plan == nil {
		return
	}
	remarks := map[plan.Verdict]string{
		plan.AlreadyOff: "nothing is sent for them",
		plan.NotDue:     "their day is not over yet",
		plan.Protected:  "by --protect or --self",
		plan.Admin:      "administrators; --include-admins sends them too",
		plan.Dropped:    "struck from the plan",
		plan.Duplicate:  "of an earlier row",
		plan.Invalid:    "rows that cannot be read",
		plan.NotFound:   "the tenant knows no such user",
		plan.Ambiguous:  "not clear who is meant",
		plan.NoAnswer:   "could not be looked up, and are left alone",
	}
	p.line("rows", fmt.Sprintf("%10s", number(s.Checked.Rows)))
	for _, v := range plan.Verdicts {
		if n := s.Plan.Verdicts[string(v)]; n > 0 || v == plan.Deactivate {
			p.count(string(v), n, remarks[v])
		}
	}
	if s.Plan.Active > 0 {
		n := s.Plan.Verdicts[string(plan.Deactivate)]
		p.line("people", fmt.Sprintf("%10s  at the tenant, %s of them active; %.1f %% of those would be switched off",
			number(s.Plan.People), number(s.Plan.Active), 100*float64(n)/float64(s.Plan.Active)))
	}
	if s.Plan.NoRoles {
		p.line("roles", "the tenant tells nobody's: administrators are not recognised")
	}
	if s.Plan.Calls > 0 {
		p.line("asked", fmt.Sprintf("%10s  of the tenant, to look everybody up", plural(s.Plan.Calls, "call")))
	}
	p.line("planned", s.Planned.Local().Format(time.DateTime))
}
