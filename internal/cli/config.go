package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/settings"
)

// setting is a line of `offboard config`.
type setting struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Origin string `json:"origin"` // --FLAG, the variable, FILE:LINE or default
}

func (a *app) configCommand() *cobra.Command {
	var f runFlags
	var m monitor
	cmd := &cobra.Command{
		Use:   "config",
		Short: "The settings in force, and where each comes from",
		Long: `Print the settings that 'offboard run' would have with the same flags, and where
each comes from: a flag, the environment, the file of settings, or the default.
The token is never shown, only where it would come from.`,
		Example: `  offboard config --tenant acme`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.printSettings(cmd.Flags(), f.tokenFile, f.tokenCmd)
			return nil
		},
	}
	f.newFlags.register(cmd.Flags())
	f.sendFlags.register(cmd.Flags())
	m.register(cmd.Flags())
	cmd.Flags().BoolVar(&f.yes, "yes", false, "do not ask")
	return cmd
}

func (a *app) printSettings(flags *pflag.FlagSet, tokenFile, tokenCommand string) {
	all := []setting{{"token", "(not shown)", a.tokenOrigin(tokenFile, tokenCommand)}}
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" {
			return
		}
		s := setting{f.Name, f.Value.String(), origin(f)}
		if !f.Changed {
			s.Value = f.DefValue
		}
		if f.Name == settings.BaseURL {
			s.Value = shownURL(s.Value)
		}
		all = append(all, s)
	})
	slices.SortFunc(all, func(a, b setting) int { return cmp.Compare(a.Name, b.Name) })
	if a.json {
		a.printJSON(all)
		return
	}
	w := tabwriter.NewWriter(a.Stdout, 0, 0, 2, ' ', 0)
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Name, harmless(s.Value), s.Origin)
	}
	w.Flush()
	if a.file != nil && len(a.file.Tenants) > 0 {
		fmt.Fprintf(a.Stdout, "\ntenants in %s: %s\n", a.file.Path, harmless(strings.Join(a.file.Names(), ", ")))
	}
}

func (a *app) tokenOrigin(file, command string) string {
	switch {
	case file != "":
		return "token-file"
	case command != "":
		return "token-command"
	case a.getenv("OFFBOARD_TOKEN") != "":
		return "OFFBOARD_TOKEN"
	}
	return "none"
}
