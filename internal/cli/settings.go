package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/netex"
	"github.com/offboard-cli/offboard/internal/rundir"
	"github.com/offboard-cli/offboard/internal/settings"
)

const settingsName = "offboard.toml"

// unset are the flags that a file cannot set.
var unset = []string{"config", "help", "version"}

// filePaths are the keys whose paths are seen from the file's own folder.
var filePaths = []string{settings.TokenFile, settings.CACert, "protect", "allowed-signers", "metrics"}

// fromFile sets every flag that was not given from the operator's file, if
// there is one. The simulator is no tenant of theirs.
func (a *app) fromFile(cmd *cobra.Command, args []string) error {
	if cmd.Name() == "simulate" || cmd.Name() == "version" || strings.HasPrefix(cmd.Name(), cobra.ShellCompRequestCmd) {
		return nil
	}
	path := a.configFile
	if path == "" {
		path = a.ownSettings()
	}
	switch {
	case path == "" && a.tenantName != "":
		return usage("name a file that has a table [tenants."+a.tenantName+"], with --config", "--tenant %q: there is no file of settings", a.tenantName)
	case path == "":
		return nil
	}
	file, err := readSettings(path, cmd.Root())
	if err != nil {
		return err
	}
	a.file = file
	table, err := a.tableFor(args)
	if err != nil {
		return err
	}
	a.separate(cmd.Flags(), table)
	return a.takeSettings(cmd.Flags(), table)
}

// ownSettings is the file in the user's folder, "" if there is none. A folder
// that may not be entered is somebody else's, as with sudo.
func (a *app) ownSettings() string {
	path := filepath.Join(a.ConfigDir, settingsName)
	if _, err := os.Lstat(path); a.ConfigDir == "" || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return ""
	}
	return path
}

func readSettings(path string, root *cobra.Command) (*settings.File, error) {
	names := flagNames(root)
	file, err := settings.Read(path, func(key string) bool { return names[key] })
	var wrong *settings.Error
	switch {
	case errors.As(err, &wrong):
		f := usage("the keys are the flags' names, without --; 'offboard run --help' lists them", "%v", wrong)
		if wrong.Key == "token" {
			f.hint = "a token stands in no settings: name a file with token-file, or a command that prints it with token-command"
		}
		f.details = append(f.details, lineOf(path, wrong)...)
		return nil, f
	case err != nil:
		return nil, usage("check the path, and who may read it", "--config: %v", err)
	}
	return file, nil
}

// lineOf shows the line of a key that is wrong. A value that may be a secret
// stays out of sight.
func lineOf(path string, wrong *settings.Error) []string {
	if wrong.Key == "" {
		return nil
	}
	text, err := os.ReadFile(path)
	lines := strings.Split(string(text), "\n")
	if err != nil || wrong.Line > len(lines) || wrong.Line < 1 {
		return nil
	}
	line := lines[wrong.Line-1]
	for _, secret := range []string{"token", "pass", "secret", "key"} {
		if key, _, ok := strings.Cut(line, "="); ok && strings.Contains(strings.ToLower(line), secret) {
			line = key + "= ..."
		}
	}
	return []string{fmt.Sprintf("%5d | %s", wrong.Line, strings.TrimSpace(line))}
}

// flagNames are the names of all settings.
func flagNames(root *cobra.Command) map[string]bool {
	names := make(map[string]bool)
	add := func(f *pflag.Flag) { names[f.Name] = true }
	root.PersistentFlags().VisitAll(add)
	for _, cmd := range root.Commands() {
		if cmd.Name() != "simulate" {
			cmd.Flags().VisitAll(add)
		}
	}
	for _, name := range unset {
		delete(names, name)
	}
	return names
}

// tableFor chooses the settings for a command: those of the tenant that is
// named, or that the command's run is of, or else the common ones. What belongs
// to another tenant than the run's is left out, unless that one was named.
func (a *app) tableFor(args []string) (settings.Table, error) {
	name := a.tenantName
	if name == "" {
		name = strings.Join(a.file.Top["tenant"].Texts, " ")
	}
	h, ok := headerOf(args)
	fits := func(baseURL string) bool { return sameAddress(baseURL, h.Tenant) }
	if ok && a.tenantName == "" {
		name, _ = a.file.At(fits)
	}
	table, known := a.file.For(name)
	if !known {
		return nil, usage("its tenants: "+strings.Join(a.file.Names(), ", "), "%s has no table [tenants.%s]", a.file.Path, name)
	}
	if own := table[settings.BaseURL].Texts; ok && a.tenantName == "" && len(own) > 0 && !fits(own[0]) {
		table.Drop(append([]string{settings.BaseURL}, settings.Companions...)...)
	}
	return table, nil
}

// headerOf is the header of the run that a command is given, if it is.
func headerOf(args []string) (h journal.Header, ok bool) {
	if len(args) != 1 || rundir.Exists(args[0]) != nil {
		return h, false
	}
	first := errors.New("the first line")
	err := journal.Scan(filepath.Join(args[0], rundir.Journal), func(l journal.Line) error {
		if e, err := l.Entry(); err == nil && e.Header != nil {
			h = *e.Header
		}
		return first
	})
	return h, errors.Is(err, first) && h.Tenant != ""
}

// takeSettings sets the flags that were not given.
func (a *app) takeSettings(flags *pflag.FlagSet, table settings.Table) error {
	for _, key := range slices.Sorted(maps.Keys(table)) {
		f, v := flags.Lookup(key), table[key]
		if f == nil || f.Changed || key == "tenant" {
			continue
		}
		for _, text := range v.Texts {
			if slices.Contains(filePaths, key) && text != "" && !filepath.IsAbs(text) {
				text = absolute(filepath.Join(filepath.Dir(a.file.Path), text))
			}
			if err := flags.Set(key, text); err != nil {
				return usage("correct the file", "%s:%d: %s = %q: %v", a.file.Path, v.Line, key, text, flagCause(err))
			}
		}
		comesFrom(f, fileOrigin, fmt.Sprintf("%s:%d", a.file.Path, v.Line))
	}
	return nil
}

// separate leaves out of the file what does not belong to the address, or to
// the token, that was given.
func (a *app) separate(flags *pflag.FlagSet, table settings.Table) {
	changed := flags.Changed
	own := table[settings.BaseURL].Texts
	switch {
	case changed("simulate"):
		table.Drop(append([]string{settings.BaseURL}, settings.Companions...)...)
	case changed(settings.BaseURL):
		if len(own) == 1 && !sameAddress(own[0], flags.Lookup(settings.BaseURL).Value.String()) {
			table.Drop(settings.Companions...)
		}
		table.Drop("simulate")
	}
	if changed(settings.TokenFile) || changed(settings.TokenCommand) || a.getenv("OFFBOARD_TOKEN") != "" {
		table.Drop(settings.TokenFile, settings.TokenCommand)
	}
}

func sameAddress(a, b string) bool {
	left, err := netex.ParseBase(a)
	right, err2 := netex.ParseBase(b)
	return err == nil && err2 == nil && left.String() == right.String()
}

// The annotations of a flag that something else than the command line has set.
const (
	environmentOrigin = "offboard_environment"
	fileOrigin        = "offboard_file"
	runOrigin         = "offboard_run"
)

var origins = []string{runOrigin, fileOrigin, environmentOrigin}

func comesFrom(f *pflag.Flag, kind, what string) {
	if f.Annotations == nil {
		f.Annotations = make(map[string][]string)
	}
	f.Annotations[kind] = []string{what}
}

// given reports whether a flag was set for this command, and not by the file.
func given(f *pflag.Flag) bool { return f.Changed && len(f.Annotations[fileOrigin]) == 0 }

// typed reports whether a flag stands on the command line.
func typed(f *pflag.Flag) bool {
	set := func(kind string) bool { return len(f.Annotations[kind]) > 0 }
	return f.Changed && !slices.ContainsFunc(origins, set)
}

// origin is what has set a flag.
func origin(f *pflag.Flag) string {
	for _, kind := range origins {
		if what := f.Annotations[kind]; len(what) > 0 {
			return what[0]
		}
	}
	if f.Changed {
		return "--" + f.Name
	}
	return "default"
}
