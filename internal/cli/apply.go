package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/batch"
	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
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
	return a.concludePlan(k, a.makePlan(ctx, planJob, k, &f.ruleFlags), &f.ruleFlags)
}

// replan goes on with a plan: with its look, or by striking people from it.
func (a *app) replan(ctx context.Context, path string, f *newFlags, d dropFlags, flags *pflag.FlagSet) error {
	run, err := a.reopen(path, &f.tenantFlags, flags)
	if err != nil {
		return err
	}
	defer run.dir.Close()
	k, disconnect, err := a.take(run, "", f.paceFlags)
	if err != nil {
		return err
	}
	defer disconnect()
	switch s := k.state(); {
	case s.Began(journal.ActionDeactivate):
		err = usage("how it stands: "+command("status", path), "%s is no plan any more: it was applied", path)
	case s.Plan != nil:
		if err = k.unaltered(); err == nil && d.given() {
			err = k.drop(d)
		}
	default:
		err = a.makePlan(ctx, planJob, k, &f.ruleFlags)
	}
	return a.concludePlan(k, err, &f.ruleFlags)
}

// concludePlan records how a plan has ended, and shows it.
func (a *app) concludePlan(k *task, err error, r *ruleFlags) error {
	if err != nil || k.state().Plan == nil {
		return a.conclude(planJob, k, err)
	}
	stop := a.guard(k, r)
	if err := k.journal.Append(journal.Entry{Kind: journal.KindEnd, At: now(), End: &journal.End{Command: planJob.command}}); err != nil {
		return err
	}
	if err := k.journal.Close(); err != nil {
		return err
	}
	summary, err := results.Write(paths(k.dir), k.roster, k.state())
	if err != nil {
		return viewError(k.dir, err, &failure{})
	}
	a.monitor.summary = &summary
	a.event("ended", "command", planJob.command, "run", k.dir.Path(), "exit_code", exitOK, "users", summary.Users)
	if a.json {
		a.printJSON(results.Head(k.state()))
		return nil
	}
	var p page
	p.head(results.Head(k.state()), k.dir.Path())
	p.plan(k.state())
	var refused *failure
	if errors.As(stop, &refused) {
		p.line("stop", "apply would be "+refused.text)
	}
	p.next(k.state(), planJob, k.dir.Path())
	p.WriteTo(a.Stdout)
	return nil
}

// applyFlags are those of `offboard apply`.
type applyFlags struct {
	tenantFlags
	paceFlags
	sendFlags
	ruleFlags
	hourFlags
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
	flags.BoolVar(&f.recheck, "recheck", false, "look everybody up once more before they are sent, and skip who has changed")
	flags.Var(&f.maxAge, "max-age", "refuse a plan that is older")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) apply(ctx context.Context, path string, f *applyFlags, flags *pflag.FlagSet) error {
	run, err := a.reopen(path, &f.tenantFlags, flags)
	if err != nil {
		return err
	}
	defer run.dir.Close()
	if err := errors.Join(f.waveFlags.check(), a.applicable(run, f)); err != nil {
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
	if f.recheck {
		b.changed = f.changed
	}
	return a.goThrough(ctx, b, k, &f.ruleFlags)
}

// applicable refuses what must not be applied, or not again.
func (a *app) applicable(run *opened, f *applyFlags) error {
	s, path := run.journal.State(), run.dir.Path()
	switch age := time.Since(s.Planned); {
	case s.Began(journal.ActionDeactivate):
		return usage("to go on with it: "+command("resume", path), "%s was applied already", path)
	case s.Plan == nil:
		return usage("to go on with the look: "+command("plan", path), "%s is not planned to the end", path)
	case age > time.Duration(f.maxAge):
		return refuse("people have changed since then: make a new plan, or raise --max-age",
			"the plan is %s old, and --max-age is %s", age.Round(time.Second), time.Duration(f.maxAge))
	}
	if err := run.unaltered(); err != nil {
		return err
	}
	return a.mayAsk(run.tenant, f.yes, s.Counts()[journal.Unsent])
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

// dropFlags strike people from a plan.
type dropFlags struct {
	users []string
	file  string
}

func (d *dropFlags) register(f *pflag.FlagSet) {
	f.StringArrayVar(&d.users, "drop", nil, "strike a user from the plan, by what the roster says, id or username; may be given more than once")
	f.StringVar(&d.file, "drop-file", "", "file of users to strike, one a line")
}

func (d dropFlags) given() bool { return len(d.users) > 0 || d.file != "" }

// readUsers reads a file of users, one a line. With them it returns, in lower
// case, whether they were found yet: nobody was.
func readUsers(flag, file string, more ...string) (map[string]bool, error) {
	var text []byte
	if file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return nil, usage("check the path", "--%s: %v", flag, err)
		}
	}
	found := make(map[string]bool)
	for _, u := range append(strings.Split(string(text), "\n"), more...) {
		if u = strings.TrimSpace(strings.TrimPrefix(u, "\uFEFF")); u != "" {
			found[strings.ToLower(u)] = false
		}
	}
	return found, nil
}

// isAmong reports whether one of a person's names is listed, and marks those
// that are.
func isAmong(listed map[string]bool, names []string) (found bool) {
	for _, name := range names {
		name = strings.ToLower(name)
		if _, ok := listed[name]; ok {
			listed[name], found = true, true
		}
	}
	return found
}

// drop strikes people and seals the plan again.
func (k *task) drop(d dropFlags) error {
	struck, err := readUsers("drop-file", d.file, d.users...)
	if err != nil {
		return err
	}
	var entries []journal.Entry
	for c, err := range results.Candidates(k.dir.File(rundir.Journal), k.state(), k.roster) {
		if err != nil {
			return err
		}
		names := []string{c.User}
		if c.Person != nil {
			names = append(names, c.Person.ID, c.Person.Username)
		}
		if isAmong(struck, names) {
			entries = append(entries, journal.Entry{
				Kind: journal.KindSkip, Row: c.Number, At: now(), User: c.User,
				Reason: "struck from the plan", Verdict: string(plan.Dropped),
			})
		}
	}
	for name, found := range struck {
		if !found {
			return usage("look at "+quote(k.dir.File(rundir.Plan)), "nobody who would be deactivated is called %q; nothing was struck", name)
		}
	}
	if err := k.journal.Append(entries...); err != nil {
		return err
	}
	last := k.state().Plan
	l := look{people: last.People, active: last.Active}
	l.calls.Store(int64(last.Calls))
	return k.seal(&l)
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
