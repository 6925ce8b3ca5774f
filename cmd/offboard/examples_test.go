package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/offboard-cli/offboard/internal/cli"
)

// TestKubernetes has the code of the API server judge the CronJob, and manifests
// that are wrong in one place.
func TestKubernetes(t *testing.T) {
	tool := filepath.Join(t.TempDir(), "kubernetes")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-C", "../../tools/kubernetes", "-o", tool, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	manifest, err := os.ReadFile("../../examples/cronjob.yaml")
	if err != nil {
		t.Fatal(err)
	}
	judge := func(manifest string) (string, error) {
		cmd := exec.CommandContext(t.Context(), tool)
		cmd.Stdin = strings.NewReader(manifest)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := judge(string(manifest)); err != nil || out != "PersistentVolumeClaim\nCronJob\n" {
		t.Errorf("%v\n%s", err, out)
	}
	for right, wrong := range map[string]string{
		"readOnlyRootFilesystem: true":  "readOnlyRootFileSystem: true",
		"- name: runs\n              p": "- name: ruins\n              p",
		"30 22 * * 1-5":                 "30 25 * * 1-5",
		"memory: 64Mi":                  "memory: 512Mi",
	} {
		broken := strings.Replace(string(manifest), right, wrong, 1)
		if out, err := judge(broken); err == nil || broken == string(manifest) {
			t.Errorf("%s is taken:\n%s", wrong, out)
		}
	}
}

// TestExampleSettings: the examples set no flag that is not there.
func TestExampleSettings(t *testing.T) {
	run, _, err := cli.Command("").Find([]string{"run"})
	if err != nil {
		t.Fatal(err)
	}
	setting := regexp.MustCompile(`OFFBOARD_[A-Z_]+|--[a-z][a-z-]+`)
	for _, name := range []string{"crontab", "offboard.service", "cronjob.yaml"} {
		text, err := os.ReadFile("../../examples/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var flags []string
		for _, s := range setting.FindAllString(withoutComments(string(text)), -1) {
			flags = append(flags, strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(s, "OFFBOARD_"), "--"), "_", "-")))
		}
		if len(flags) < 3 {
			t.Errorf("%s: only %v is set", name, flags)
		}
		for _, f := range flags {
			if run.Flags().Lookup(f) == nil && run.InheritedFlags().Lookup(f) == nil {
				t.Errorf("%s: offboard run has no --%s", name, f)
			}
		}
	}
}

func withoutComments(text string) string {
	return regexp.MustCompile(`(?m)(^|\s)#.*$`).ReplaceAllString(text, "")
}
