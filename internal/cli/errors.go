package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The exit codes.
const (
	exitOK          = 0
	exitBug         = 1   // the program itself failed
	exitUsage       = 2   // usage or input; nothing was sent
	exitFailed      = 3   // finished, some users failed
	exitPending     = 4   // finished, none failed, some are pending
	exitRefused     = 5   // by a guard or a lock; nothing was sent
	exitStopped     = 6   // early, and resumable
	exitInterrupted = 130 // drained, and resumable
)

// Messages go to stderr, lower case and without a full stop. The error says
// what is wrong with which value, the hint what to do next.

// failure ends the program with a code. Without a text nothing is printed:
// the summary has said it.
type failure struct {
	code    int
	text    string
	hint    string
	details []string // lines above the error, for many problems at once
	changed bool     // what the run was made for is not what is there now
}

func (f *failure) Error() string { return f.text }

func fail(code int, hint, format string, args ...any) *failure {
	return &failure{code: code, text: fmt.Sprintf(format, args...), hint: hint}
}

func usage(hint, format string, args ...any) *failure {
	return fail(exitUsage, hint, format, args...)
}

// mismatch is a run that is not what it was, or is sent elsewhere.
func mismatch(hint, format string, args ...any) *failure {
	f := usage(hint, format, args...)
	f.changed = true
	return f
}

// ended is how the program has ended, whatever the error.
func ended(err error) *failure {
	f := &failure{code: exitOK}
	if err != nil && !errors.As(err, &f) {
		return &failure{code: exitBug, text: err.Error()}
	}
	return f
}

// report prints how the program has ended, if there is anything to say.
func (a *app) report(f *failure) {
	for _, line := range f.details {
		fmt.Fprintln(a.Stderr, harmless(line))
	}
	if f.text != "" {
		fmt.Fprintf(a.Stderr, "offboard: error: %s\n", harmless(f.text))
	}
	if f.hint != "" {
		fmt.Fprintf(a.Stderr, "hint: %s\n", f.hint)
	}
}

// remedy is what to do about a file that cannot be written.
func remedy(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return "make room"
	case ails(err):
		return "see to the disk"
	}
	return "see to the folder of the run"
}

// ails reports whether it is the disk that fails, and not a name or a right
// that the operator has chosen.
func ails(err error) bool {
	return slices.ContainsFunc(
		[]error{syscall.ENOSPC, syscall.EDQUOT, syscall.EROFS, syscall.EIO, syscall.EFBIG},
		func(e error) bool { return errors.Is(err, e) })
}

func unknownFlag(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	if errors.As(err, &missing) {
		name := missing.GetSpecifiedName()
		hint := fmt.Sprintf("'%s --help' lists the flags", cmd.CommandPath())
		if near := nearestFlag(cmd, name); near != "" {
			hint = fmt.Sprintf("did you mean --%s?", near)
		}
		return usage(hint, "there is no flag %s", dashed(name))
	}
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		return usage(fmt.Sprintf("'%s --help' says what it takes", cmd.CommandPath()),
			"--%s: %q: %v", invalid.GetFlag().Name, invalid.GetValue(), flagCause(err))
	}
	return usage(fmt.Sprintf("'%s --help' lists the flags", cmd.CommandPath()), "%v", err)
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// nearestFlag borrows cobra's search for a similar command.
func nearestFlag(cmd *cobra.Command, name string) string {
	names := &cobra.Command{SuggestionsMinimumDistance: 2}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		names.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	if near := names.SuggestionsFor(name); len(near) > 0 {
		return near[0]
	}
	return ""
}

func (a *app) unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "'offboard --help' lists the commands"
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		hint = fmt.Sprintf("did you mean 'offboard %s'?", near[0])
	} else if strings.HasSuffix(args[0], ".csv") {
		hint = fmt.Sprintf("to offboard the people in it: offboard run %s", quote(args[0]))
	}
	return usage(hint, "there is no command %q", args[0])
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Sprintf("'%s --help' shows how it is called", cmd.CommandPath()),
			"%s takes no argument, got %q", cmd.Name(), args[0])
	}
	return nil
}

func oneArg(what, example string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		hint := "for example: " + example
		switch {
		case len(args) == 0:
			return usage(hint, "%s needs %s", cmd.CommandPath(), what)
		case len(args) > 1:
			return usage(hint, "%s takes %s, got %d arguments", cmd.CommandPath(), what, len(args))
		case args[0] == "": // a variable that is not set, in a script
			return usage(hint, "%s needs %s; got an empty name", cmd.CommandPath(), what)
		}
		return nil
	}
}

// quote makes a word safe to paste into a shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+,=\\", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
