// Package cli is the program as a function: commands, flags, every word that
// an operator reads, exit codes, and the wiring of the other packages.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/offboard-cli/offboard/internal/licences"
	"github.com/offboard-cli/offboard/internal/settings"
)

// Process is what the program needs of the process it runs in.
type Process struct {
	Args    []string // without the program's name
	Env     []string // KEY=value
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Version string

	ConfigDir string // of the user, where their settings are; "" for none
}

// Main runs the program and returns its exit code. When ctx is done, what is
// under way is drained.
func Main(ctx context.Context, p Process) (code int) {
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(p.Stderr, "offboard: error: internal error: %v\n%s", r, debug.Stack())
			code = exitBug
		}
	}()
	out := &checkedWriter{w: p.Stdout}
	p.Stdout = out
	a := &app{Process: p}
	root := a.rootCommand()
	root.SetArgs(p.Args)
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	err := root.ExecuteContext(ctx)
	if out.err != nil && (err == nil || err.Error() == "") {
		err = fail(exitBug, "what was to be printed is lost; a run itself is on record, see 'offboard status'", "%v", out.err)
	}
	end := ended(err)
	a.report(end)
	a.finish(end)
	return end.code
}

// Command is the tree of all commands, for what is written about them: manual
// pages and completions. It is not to be executed.
func Command(version string) *cobra.Command {
	return (&app{Process: Process{Version: version}}).rootCommand()
}

// checkedWriter keeps the first error, since not everybody who prints looks.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if c.err == nil {
		c.err = err
	}
	return n, err
}

// app is one execution of the program.
type app struct {
	Process
	json      bool
	quiet     bool
	logFormat string
	logLevel  string
	stderr    io.Writer // Stderr, or the display while one is up
	log       *slog.Logger
	secret    string // the token, to be kept from others; "" before it is read
	runID     string
	monitor   monitor

	configFile string
	tenantName string
	file       *settings.File // nil: there is none
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "offboard",
		Short: "Deactivate the people of a CSV at a netexCloud tenant, recorded and resumable",
		Long: `offboard sends one deactivation for every user of a CSV, at a set rate, records
what every platform answers, and can be stopped, killed, resumed, checked and
retried.

Every flag can be given in the environment: --base-url is OFFBOARD_BASE_URL.
So can it in a file (--config; the keys are the flags' names), with a table for
each tenant. The token comes from OFFBOARD_TOKEN, --token-file or --token-command.

Exit codes: 0 all done, 1 the program failed, 2 wrong usage or input, 3 some
users failed, 4 some are pending, 5 refused by a guard or a lock, 6 stopped
early and resumable, 130 interrupted and resumable.`,
		Example: `  offboard run leavers.csv --simulate
  offboard run leavers.csv --base-url https://acme.learningcloud.me --token-file token
  offboard resume runs/20261124T090000Z-leavers`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		Version:           a.Version,
		PersistentPreRunE: a.prepare,
		Args:              a.unknownCommand,
		RunE:              func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("offboard {{.Version}}\n")
	root.SetFlagErrorFunc(unknownFlag)
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFile, "config", "", "file of settings (default "+settingsName+" in your configuration folder)")
	flags.StringVar(&a.tenantName, "tenant", "", "the settings of the table [tenants.NAME] in it")
	flags.BoolVar(&a.json, "json", false, "the closing summary as JSON on stdout")
	flags.BoolVar(&a.quiet, "quiet", false, "no progress")
	flags.StringVar(&a.logFormat, "log-format", "text", "of log lines on stderr: text or json")
	flags.StringVar(&a.logLevel, "log-level", "info", "debug, info, warn or error")
	sending := []*cobra.Command{
		a.runCommand(), a.planCommand(), a.applyCommand(), a.resumeCommand(), a.retryCommand(), a.checkCommand(),
		a.undoCommand(),
	}
	for _, cmd := range sending {
		a.monitor.register(cmd.Flags())
	}
	root.AddCommand(sending...)
	root.AddCommand(
		a.approveCommand(), a.whyCommand(), a.statusCommand(), a.verifyCommand(), a.configCommand(), a.reportCommand(), a.simulateCommand(), a.versionCommand(),
	)
	root.SetHelpCommand(a.helpCommand(root))
	root.InitDefaultCompletionCmd(a.Args...)
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Args = oneArg("one of bash, zsh, fish and powershell", "offboard completion bash")
		completion.RunE = func(_ *cobra.Command, args []string) error {
			return usage("choose bash, zsh, fish or powershell", "there is no completion for %q", args[0])
		}
	}
	// It fails only for a flag that is not there.
	_ = root.RegisterFlagCompletionFunc("tenant", a.tenants)
	complete(root)
	return root
}

func (a *app) versionCommand() *cobra.Command {
	var licence bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version of the program",
		Args:  noArgs,
		Run: func(*cobra.Command, []string) {
			fmt.Fprintf(a.Stdout, "offboard %s\n", a.Version)
			if licence {
				fmt.Fprintf(a.Stdout, "\n%s", licences.Text)
			}
		},
	}
	cmd.Flags().BoolVar(&licence, "licences", false, "and the licences of everything that is linked into it")
	return cmd
}

func (a *app) helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:               "help [COMMAND]",
		Short:             "Help about any command",
		ValidArgsFunction: only(commands),
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return a.unknownCommand(root, args)
			}
			return cmd.Help()
		},
	}
}

// prepare takes the environment and the settings into the flags and opens the log.
func (a *app) prepare(cmd *cobra.Command, args []string) error {
	if err := fromEnvironment(cmd.Flags(), a.Env); err != nil {
		return err
	}
	if err := a.fromFile(cmd, args); err != nil {
		return err
	}
	a.stderr = a.Stderr
	a.monitor.command = cmd.Name()
	return a.openLog()
}

// fromEnvironment sets every flag that was not given from its variable, if
// there is one.
func fromEnvironment(flags *pflag.FlagSet, env []string) error {
	values := make(map[string]string, len(env))
	for _, kv := range env {
		if k, v, ok := strings.Cut(kv, "="); ok && strings.HasPrefix(k, "OFFBOARD_") {
			values[k] = v
		}
	}
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		name := "OFFBOARD_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if v, ok := values[name]; ok && v != "" && !f.Changed && f.Name != "help" && f.Name != "version" {
			if err := flags.Set(f.Name, v); err != nil {
				errs = append(errs, usage("correct or unset the variable", "%s=%q: %v", name, v, flagCause(err)))
			}
			comesFrom(f, environmentOrigin, name)
		}
	})
	if len(errs) > 0 {
		return errs[0]
	}
	return nil
}

// flagCause is the value's own complaint, without pflag's words around it.
func flagCause(err error) error {
	var invalid *pflag.InvalidValueError
	if !errors.As(err, &invalid) || invalid.Unwrap() == nil {
		return err
	}
	if want, ok := mustBe[invalid.GetFlag().Value.Type()]; ok {
		return errors.New("it must be " + want)
	}
	return invalid.Unwrap()
}

// mustBe is for the types of pflag itself, which complain in the words of
// package strconv.
var mustBe = map[string]string{
	"bool":     "true or false",
	"int":      "a whole number",
	"uint64":   "a whole number of at least 0",
	"duration": "a time, such as 20ms or 3s",
}

func (a *app) getenv(name string) string {
	for i := len(a.Env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(a.Env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
