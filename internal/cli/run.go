package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/roster"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// runFlags are those of `offboard run`.
type runFlags struct {
	tenantFlags
	paceFlags
	rosterFlags
	simulate bool
	dir      string
	async    bool
	message  string
	yes      bool
}

func (a *app) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run ROSTER",
		Short: "Send a deactivation for every user of a CSV",
		Long: `Send a deactivation for every user of a CSV ('-' reads standard input).

The whole file is checked before the first request. Everything about the run
goes to one folder; if the run stops, 'offboard resume FOLDER' goes on.`,
		Example: `  offboard run leavers.csv --simulate
  offboard run leavers.csv --base-url https://acme.learningcloud.me --yes`,
		Args: oneArg("one roster, the CSV of people to offboard", "offboard run leavers.csv --simulate"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.run(cmd.Context(), args[0], f, cmd.Flags())
		},
	}
	flags := cmd.Flags()
	f.tenantFlags.register(flags)
	f.paceFlags.register(flags)
	f.rosterFlags.register(flags)
	flags.BoolVar(&f.simulate, "simulate", false, "use the embedded simulator instead of a tenant")
	flags.StringVar(&f.dir, "dir", "", "the run's folder (default runs/<UTC time>-<roster name>)")
	flags.BoolVar(&f.async, "async", false, "send asynchronous instead of synchronous")
	flags.StringVar(&f.message, "message", "", "for the user; a roster column 'message' wins for its row")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	return cmd
}

// run makes a new run and works on it. Whatever is refused before the journal
// exists leaves no folder behind.
func (a *app) run(ctx context.Context, source string, f runFlags, flags *pflag.FlagSet) error {
	t, err := a.runTenant(f)
	if err != nil {
		return err
	}
	in, name, err := a.openRoster(source)
	if err != nil {
		return err
	}
	defer in.Close()
	dir, err := a.createDir(f.dir, source)
	if err != nil {
		return err
	}
	r, j, err := a.begin(ctx, dir, in, name, t, f, flags)
	if err != nil {
		dir.Abandon()
		return err
	}
	defer dir.Close()
	return a.work(ctx, job{
		command: "run",
		action:  journal.ActionDeactivate,
		mode:    modeOf(f.async),
		wants:   isUnsent,
		message: f.message,
	}, dir, j, r, t, f.paceFlags)
}

func modeOf(async bool) netex.Mode {
	if async {
		return netex.Asynchronous
	}
	return netex.Synchronous
}

func (a *app) runTenant(f runFlags) (tenant, error) {
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

// begin copies and checks the roster, asks, and puts the journal in its place.
func (a *app) begin(ctx context.Context, dir *rundir.Dir, in io.Reader, name string, t tenant, f runFlags, flags *pflag.FlagSet) (*roster.Roster, *journal.Journal, error) {
	digest, err := dir.Spool(interruptible(ctx, in))
	if ctx.Err() != nil {
		return nil, nil, fail(exitInterrupted, "nothing was sent", "interrupted while the roster was read")
	}
	if err != nil {
		return nil, nil, diskError("copy the roster into the run's folder", err)
	}
	r, err := roster.Open(dir.File(rundir.Input), name, f.options())
	if err != nil {
		return nil, nil, inputError(err)
	}
	draft, err := journal.Create(dir.File(rundir.Journal), header(dir, name, digest, t, r.Dialect(), keep(flags), a.Version), now())
	if err != nil {
		return nil, nil, diskError("begin the journal", err)
	}
	j, err := a.decide(ctx, draft, r, t, f)
	if err != nil {
		draft.Discard()
		return nil, nil, err
	}
	return r, j, nil
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

// decide checks the whole roster and asks whether to go on.
func (a *app) decide(ctx context.Context, draft *journal.Draft, r *roster.Roster, t tenant, f runFlags) (*journal.Journal, error) {
	report, err := r.Check(ctx, f.skipInvalid, func(s roster.Skip) error {
		return draft.Add(journal.Entry{Kind: journal.KindSkip, Row: s.Row, At: now(), User: s.User, Reason: s.Reason})
	})
	if ctx.Err() != nil {
		return nil, fail(exitInterrupted, "nothing was sent", "interrupted while the roster was checked")
	}
	if err != nil {
		return nil, inputError(err)
	}
	if report.Users == 0 && !f.allowEmpty {
		return nil, usage("if that is right, add --allow-empty", "the roster has no users to send (%s, %s)",
			plural(report.Rows, "row"), plural(report.Rows-report.Users, "skipped row"))
	}
	if err := a.confirm(ctx, report, t, f.yes); err != nil {
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

func header(dir *rundir.Dir, name, digest string, t tenant, d roster.Dialect, s journal.Settings, version string) journal.Header {
	return journal.Header{
		Tool:      version,
		Run:       dir.Name(),
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
		Settings: s,
	}
}

// confirm shows what is about to happen at a real tenant, and asks.
func (a *app) confirm(ctx context.Context, report roster.Report, t tenant, yes bool) error {
	if yes || t.simulated || report.Users == 0 {
		return nil
	}
	if !isTerminal(a.Stdin) || !isTerminal(a.Stderr) {
		return usage("look at the roster once more, then add --yes",
			"%s would be deactivated at %s, and nobody can be asked here", plural(report.Users, "user"), t.name)
	}
	fmt.Fprintf(a.Stderr, "About to deactivate %s at %s\n", plural(report.Users, "user"), t.name)
	fmt.Fprintf(a.Stderr, "  first:   %s\n", harmless(strings.Join(report.First, ", ")))
	if skipped := report.Rows - report.Users; skipped > 0 {
		fmt.Fprintf(a.Stderr, "  skipped: %s\n", plural(skipped, "row"))
	}
	fmt.Fprint(a.Stderr, "Go on? Type yes: ")
	answer, err := readLine(ctx, a.Stdin)
	if err != nil {
		fmt.Fprintln(a.Stderr)
		return fail(exitInterrupted, "nothing was sent", "interrupted at the question")
	}
	if s := strings.ToLower(strings.TrimSpace(answer)); s != "yes" && s != "y" {
		return fail(exitRefused, "nothing was sent", "not confirmed")
	}
	return nil
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
