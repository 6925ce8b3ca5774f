package cli

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/rundir"
)

// operands completes what a command works on, by the word in its Use line. A
// folder is offered beside the rosters, so that a plan can be named too.
var operands = map[string]cobra.CompletionFunc{
	"ROSTER":     only(extensions("csv")),
	"ROSTER|RUN": only(extensions("csv")),
	"RUN":        only(runs),
}

// values completes what stands behind a flag. Those that are not here take a
// number, a time or a text of the operator's own.
var values = map[string]cobra.CompletionFunc{
	"allowed-signers": files,
	"ca-cert":         files,
	"config":          files,
	"dir":             folders,
	"drop-file":       files,
	"due-empty":       words("now", "skip", "refuse"),
	"encoding":        words("utf-8", "utf-16", "utf-16le", "utf-16be", "windows-1252"),
	"evidence":        files,
	"faults":          files,
	"key":             files,
	"log":             files,
	"log-format":      words("text", "json"),
	"log-level":       words("debug", "info", "warn", "error"),
	"metrics":         files,
	"only":            files,
	"output":          files,
	"people":          extensions("csv"),
	"protect":         files,
	"rate":            words("1/s", "10/s", "600/m", "3600/h", "unlimited"),
	"runs":            folders,
	"token-file":      files,
	"unknown-prior":   words("activate", "skip"),
}

// complete gives a command, and those below it, what completes their words.
func complete(cmd *cobra.Command) {
	if cmd.ValidArgsFunction == nil {
		_, operand, _ := strings.Cut(cmd.Use, " ")
		cmd.ValidArgsFunction = operands[operand]
	}
	if cmd.ValidArgsFunction == nil {
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		offer, ok := values[f.Name]
		if !ok {
			offer = cobra.NoFileCompletions
		}
		// It fails only for a flag that is not there, or has one already.
		_ = cmd.RegisterFlagCompletionFunc(f.Name, offer)
	})
	for _, c := range cmd.Commands() {
		complete(c)
	}
}

// only completes the first operand.
func only(first cobra.CompletionFunc) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return first(cmd, args, typed)
	}
}

// runs offers the folders of runs that stand where the word points to, or in a
// folder runs there; else the folders on the way to them.
func runs(_ *cobra.Command, _ []string, typed string) (found []string, _ cobra.ShellCompDirective) {
	here, _ := filepath.Split(typed)
	for _, parent := range []string{here, here + "runs" + string(filepath.Separator)} {
		entries, _ := os.ReadDir(cmp.Or(parent, "."))
		for _, e := range entries {
			path := parent + e.Name()
			if strings.HasPrefix(path, typed) && harmless(path) == path && rundir.Exists(path) == nil {
				found = append(found, path)
			}
		}
	}
	if len(found) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}

// tenants offers those of the file of settings, if it can be read.
func (a *app) tenants(cmd *cobra.Command, _ []string, typed string) (names []string, _ cobra.ShellCompDirective) {
	file, err := readSettings(cmp.Or(a.configFile, a.getenv("OFFBOARD_CONFIG"), a.ownSettings()), cmd.Root())
	if err == nil {
		for _, name := range file.Names() {
			if strings.HasPrefix(name, typed) && harmless(name) == name {
				names = append(names, name)
			}
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// commands offers the commands of the program, for `offboard help`.
func commands(cmd *cobra.Command, _ []string, typed string) (names []string, _ cobra.ShellCompDirective) {
	for _, c := range cmd.Root().Commands() {
		if c.IsAvailableCommand() && strings.HasPrefix(c.Name(), typed) {
			names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func words(words ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
}

func extensions(of ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(of, cobra.ShellCompDirectiveFilterFileExt)
}

var (
	files   = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
	folders = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveFilterDirs)
)
