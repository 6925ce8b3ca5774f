package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/roster"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// newFlags are those of the commands that make a run.
type newFlags struct {
	tenantFlags
	paceFlags
	rosterFlags
	ruleFlags
	hourFlags
	simulate bool
	dir      string
}

func (n *newFlags) register(f *pflag.FlagSet) {
	n.tenantFlags.register(f)
	n.paceFlags.register(f)
	n.rosterFlags.register(f)
	n.ruleFlags.register(f)
	n.hourFlags.register(f)
	f.BoolVar(&n.simulate, "simulate", false, "use the embedded simulator instead of a tenant")
	f.StringVar(&n.dir, "dir", "", "the run's folder (default runs/<UTC time>-<roster name>)")
}

// runFlags are those of `offboard run`.
type runFlags struct {
	newFlags
	sendFlags
	yes bool
}

// sendFlags are about the request.
type sendFlags struct {
	waveFlags
	async   bool
	message string
}

func (s *sendFlags) register(f *pflag.FlagSet) {
	s.waveFlags.register(f)
	f.BoolVar(&s.async, "async", false, "send asynchronous instead of synchronous")
	f.StringVar(&s.message, "message", "", "for the user; a roster column 'message' wins for its row")
}

func (s *sendFlags) job(command string, wants func(*journal.Journal, int) bool, yes bool) job {
	return job{
		command: command,
		action:  journal.ActionDeactivate,
		mode:    modeOf(s.async),
		wants:   wants,
		message: s.message,
		waves:   s.waveFlags,
		yes:     yes,
	}
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run ROSTER",
		Short: "Send a deactivation for every user of a CSV",
		Long: `Send a deactivation for every user of a CSV ('-' reads standard input).

The whole file is checked before the first request. Then everybody is looked up,
which changes nothing; who is off already, an administrator, protected or not due
is left alone. Everything about the run goes to one folder; if the run stops,
'offboard resume FOLDER' goes on.`,
		Example: `  offboard run leavers.csv --simulate
  offboard run leavers.csv --base-url https://acme.learningcloud.me --yes`,
		Args: oneArg("one roster, the CSV of people to offboard", "offboard run leavers.csv --simulate"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.run(cmd.Context(), args[0], &f, cmd.Flags())
		},
	}
	flags := cmd.Flags()
	f.newFlags.register(flags)
	f.sendFlags.register(flags)
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	return cmd
}

// run makes a new run and works on it. Whatever is refused before the first
// change leaves no folder behind.
func (a *app) run(ctx context.Context, source string, f *runFlags, flags *pflag.FlagSet) error {
	if err := f.waveFlags.check(); err != nil {
		return err
	}
	ctx, stop, err := f.limit(ctx)
	if err != nil {
		return err
	}
	defer stop()
	k, disconnect, err := a.newTask(ctx, source, &f.newFlags, modeOf(f.async), f.yes, flags)
	if err != nil {
		return err
	}
	defer disconnect()
	return a.goThrough(ctx, f.job("run", isUnsent, f.yes), k, &f.ruleFlags)
}

// goThrough takes a run from its roster to its end: plan, guards, question, work.
func (a *app) goThrough(ctx context.Context, b job, k *task, r *ruleFlags) error {
	err := a.makePlan(ctx, b, k, r)
	if err == nil {
		err = k.guard(b, r)
	}
	if err == nil {
		err = a.confirm(ctx, k, b.yes)
	}
	var f *failure
	refused := errors.As(err, &f) && f.code == exitRefused
	switch {
	case refused && b.command == "run":
		k.journal.Close()
		k.dir.Abandon()
		return err
	case refused && k.state().Plan != nil: // it stands, and may be applied yet
		return errors.Join(err, k.journal.Close())
	case err == nil:
		err = a.stage(ctx, b, k)
	}
	return a.conclude(b, k, err)
}

// newTask makes the folder of a new run: its roster is copied and checked, and
// nothing was asked of the tenant yet. Whatever is refused leaves no folder.
func (a *app) newTask(ctx context.Context, source string, f *newFlags, mode netex.Mode, yes bool, flags *pflag.FlagSet) (*task, func(), error) {
	a.identify("")
	t, err := a.newTenant(f)
	if err != nil {
		return nil, nil, err
	}
	if err := f.ruleFlags.check(); err != nil {
		return nil, nil, err
	}
	rules, err := f.ruleFlags.rules()
	if err != nil {
		return nil, nil, err
	}
	in, name, err := a.openRoster(source)
	if err != nil {
		return nil, nil, err
	}
	defer in.Close()
	dir, err := a.createDir(f.dir, source)
	if err != nil {
		return nil, nil, err
	}
	r, j, err := a.found(ctx, dir, in, name, t, f, yes, flags)
	if err != nil {
		dir.Abandon()
		return nil, nil, err
	}
	k, disconnect, err := a.take(&opened{dir, j, r, t}, mode, f.paceFlags)
	if err != nil {
		dir.Abandon()
		return nil, nil, err
	}
	k.rules = rules
	return k, func() { disconnect(); dir.Close() }, nil
}

func modeOf(async bool) netex.Mode {
	if async {
		return netex.Asynchronous
	}
	return netex.Synchronous
}

func (a *app) newTenant(f *newFlags) (tenant, error) {
	if !f.simulate {
		return a.tenant(f.tenantFlags)
	}
	if f.baseURL != "" {
		return tenant{}, usage("leave one of them out (--base-url may come from OFFBOARD_BASE_URL)",
			"--simulate and --base-url do not go together")
	}
	return simulatedTenant(), nil
}

// openRoster opens what the operator named, which errors call by that name.
func (a *app) openRoster(source string) (io.ReadCloser, string, error) {
	if source == "-" {
		return io.NopCloser(a.Stdin), "standard input", nil
	}
	info, err := os.Stat(source)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", usage("check the path of the roster", "%s: there is no such file", source)
	case err != nil:
		return nil, "", usage("check the path of the roster", "%v", err)
	case info.IsDir() && rundir.Exists(source) == nil:
		return nil, "", usage("to go on with it: "+command("resume", source), "%s is the folder of a run, not a roster", source)
	case info.IsDir():
		return nil, "", usage("name the CSV file in it", "%s is a folder, not a roster", source)
	}
	f, err := os.Open(source)
	if err != nil {
		return nil, "", usage("check who may read the roster", "%v", err)
	}
	return f, source, nil
}

func (a *app) createDir(path, source string) (*rundir.Dir, error) {
	if path == "" {
		name := source
		if source == "-" {
			name = "stdin"
		}
		path = rundir.Fresh(rundir.DefaultPath(name, time.Now()))
	}
	dir, err := rundir.Create(path)
	var inUse *rundir.InUseError
	switch {
	case err == nil:
		return dir, nil
	case errors.As(err, &inUse):
		return nil, fail(exitRefused, "wait for it, or choose another --dir", "%s: %v", path, err)
	case errors.Is(err, rundir.ErrExists):
		return nil, usage("to go on with that run: "+command("resume", path)+"; for a new one choose another --dir",
			"%s: %v", path, err)
	case errors.Is(err, rundir.ErrForeign):
		return nil, usage("choose a --dir that does not exist yet", "%s: %v", path, err)
	}
	if ails(err) {
		return nil, diskError("make the run's folder", err)
	}
	return nil, usage("choose a --dir that you may write to", "cannot make the run's folder: %v", err)
}

// found copies and checks the roster, and puts the journal in its place.
func (a *app) found(ctx context.Context, dir *rundir.Dir, in io.Reader, name string, t tenant, f *newFlags, yes bool, flags *pflag.FlagSet) (*roster.Roster, *journal.Journal, error) {
	zone, err := f.zone()
	if err != nil {
		return nil, nil, err
	}
	options, err := f.options(zone)
	if err != nil {
		return nil, nil, err
	}
	digest, err := dir.Spool(interruptible(ctx, in))
	if ctx.Err() != nil {
		return nil, nil, cutShort(ctx, "while the roster was read")
	}
	if err != nil {
		return nil, nil, diskError("copy the roster into the run's folder", err)
	}
	r, err := roster.Open(dir.File(rundir.Input), name, options)
	if err != nil {
		return nil, nil, inputError(err)
	}
	draft, err := journal.Create(dir.File(rundir.Journal), a.header(dir, name, digest, t, r.Dialect(), flags), now())
	if err != nil {
		return nil, nil, diskError("begin the journal", err)
	}
	j, err := a.accept(ctx, draft, r, t, f, yes)
	if err != nil {
		draft.Discard()
		return nil, nil, err
	}
	return r, j, nil
}

// cutShort is the end of a command that has no run yet.
func cutShort(ctx context.Context, when string) error {
	var hours *hoursError
	if errors.As(context.Cause(ctx), &hours) {
		return fail(exitStopped, "nothing was sent", "%v %s", hours, when)
	}
	return fail(exitInterrupted, "nothing was sent", "interrupted %s", when)
}

// interruptible is r, but ends when ctx is done: a read of standard input may
// wait for ever. The goroutine then waits on; the process is about to end.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	go func() {
		_, err := io.Copy(in, r)
		in.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { out.CloseWithError(ctx.Err()) })
	return out
}

// accept checks the whole roster.
func (a *app) accept(ctx context.Context, draft *journal.Draft, r *roster.Roster, t tenant, f *newFlags, yes bool) (*journal.Journal, error) {
	report, err := r.Check(ctx, f.skipInvalid, func(s roster.Skip) error {
		verdict := plan.Duplicate
		if s.Invalid {
			verdict = plan.Invalid
		}
		return draft.Add(journal.Entry{Kind: journal.KindSkip, Row: s.Row, At: now(), User: s.User, Reason: s.Reason, Verdict: string(verdict)})
	})
	if ctx.Err() != nil {
		return nil, cutShort(ctx, "while the roster was checked")
	}
	if err != nil {
		return nil, inputError(err)
	}
	if report.Users == 0 && !f.allowEmpty {
		return nil, usage("if that is right, add --allow-empty", "the roster has no users to send (%s, %s)",
			plural(report.Rows, "row"), plural(report.Rows-report.Users, "skipped row"))
	}
	if err := a.mayAsk(t, yes, report.Users); err != nil {
		return nil, err
	}
	checked := &journal.Checked{Rows: report.Rows, Users: report.Users}
	if err := draft.Add(journal.Entry{Kind: journal.KindChecked, At: now(), Checked: checked}); err != nil {
		return nil, diskError("begin the journal", err)
	}
	j, err := draft.Publish()
	if err != nil {
		return nil, diskError("begin the journal", err)
	}
	return j, nil
}

func (a *app) header(dir *rundir.Dir, name, digest string, t tenant, d roster.Dialect, flags *pflag.FlagSet) journal.Header {
	line, environment := keep(flags)
	return journal.Header{
		Tool:      a.Version,
		Run:       dir.Name(),
		ID:        a.runID,
		Tenant:    t.name,
		Simulated: t.simulated,
		Input: journal.Input{
			Name:       name,
			SHA256:     digest,
			Encoding:   d.Encoding,
			Delimiter:  string(d.Delimiter),
			LazyQuotes: d.LazyQuotes,
			UserColumn: d.UserColumn,
		},
		Settings:    line,
		Environment: environment,
	}
}

// readLine gives up when ctx is done. The goroutine then still waits for the
// line; the process is about to end.
func readLine(ctx context.Context, r io.Reader) (string, error) {
	line := make(chan string, 1)
	go func() {
		s, _ := bufio.NewReader(r).ReadString('\n')
		line <- s
	}()
	select {
	case s := <-line:
		return s, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// inputError turns what the roster complains of into a failure.
func inputError(err error) error {
	var in *roster.InputError
	if !errors.As(err, &in) {
		return diskError("check the roster", err)
	}
	f := usage(in.Hint+"; nothing was sent", "%v", in)
	for _, p := range in.Problems {
		f.details = append(f.details, p.String())
	}
	if more := in.Total - len(in.Problems); more > 0 {
		f.details = append(f.details, fmt.Sprintf("... and %s", plural(more, "more problem")))
	}
	return f
}

// diskError is a failure to prepare a run: nothing was sent.
func diskError(doing string, err error) error {
	if ails(err) {
		return fail(exitStopped, remedy(err)+", then run it again; nothing was sent", "cannot %s: %v", doing, err)
	}
	return fail(exitUsage, "check the folder of the run; nothing was sent", "cannot %s: %v", doing, err)
}

func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
