package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestFilesComplete: a flag that takes a file offers files.
func TestFilesComplete(t *testing.T) {
	for _, cmd := range Command("").Commands() {
		cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Value.Type() != "string" || !strings.HasPrefix(f.Usage, "file ") && !strings.Contains(f.Usage, "the file ") {
				return
			}
			offer, _ := cmd.GetFlagCompletionFunc(f.Name)
			if _, directive := offer(cmd, nil, ""); directive&cobra.ShellCompDirectiveNoFileComp != 0 {
				t.Errorf("'offboard %s --%s' offers no files: %q", cmd.Name(), f.Name, f.Usage)
			}
		})
	}
}

// TestRunsComplete: every command on a run offers runs.
func TestRunsComplete(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, cmd := range Command("").Commands() {
		if !strings.HasSuffix(cmd.Use, " RUN") {
			continue
		}
		if _, directive := cmd.ValidArgsFunction(cmd, nil, ""); directive != cobra.ShellCompDirectiveFilterDirs {
			t.Errorf("'offboard %s' does not offer the folders of runs", cmd.Name())
		}
	}
}
