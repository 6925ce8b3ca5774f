package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReadme replays the transcripts of the README: the same commands print
// the same lines, but for numbers, which depend on the moment.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../../examples")); err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```console\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(blocks) == 0 {
		t.Fatal("the README has no transcript")
	}
	for _, b := range blocks {
		for _, step := range strings.Split(string(b[1]), "$ ")[1:] {
			line, want, _ := strings.Cut(step, "\n")
			got := replay(t, dir, line, strings.Contains(want, "^C\n"))
			want = strings.Replace(want, "^C\n", "", 1)
			if numberless(got) != numberless(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", line, got, want)
			}
		}
	}
}

// replay runs a line of a transcript, and interrupts it in the middle if the
// transcript does.
func replay(t *testing.T, dir, line string, interrupt bool) string {
	words := strings.Fields(line)
	cmd := exec.CommandContext(t.Context(), words[0], words[1:]...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if interrupt {
		await(t, filepath.Join(dir, "friday", "journal.jsonl"), `"kind":"answer"`, 3)
		cmd.Process.Signal(syscall.SIGINT)
	}
	cmd.Wait() // the exit code is told by what is printed
	return out.String()
}

// await polls a file until it holds the text often enough.
func await(t *testing.T, path, text string, times int) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b, _ := os.ReadFile(path); bytes.Count(b, []byte(text)) >= times {
			return
		}
	}
	t.Fatalf("%s never held %d times %s", path, times, text)
}

var (
	stamps  = regexp.MustCompile(`time=\S+|time +\S+`)
	numbers = regexp.MustCompile(` *\b[0-9][0-9,.]*\b`)
)

func numberless(s string) string {
	return numbers.ReplaceAllString(stamps.ReplaceAllString(s, "time"), " #")
}

// TestExamples offboards every roster of examples/ at the practice tenant.
func TestExamples(t *testing.T) {
	rosters, err := filepath.Glob("../../examples/*.csv")
	if err != nil || len(rosters) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, r := range rosters {
		dir := filepath.Join(t.TempDir(), "run")
		out, err := exec.CommandContext(t.Context(), "offboard", "run", r, "--simulate", "--rate", "unlimited", "--dir", dir).CombinedOutput()
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitFailed) {
			t.Errorf("%s: %v\n%s", r, err, out)
		}
	}
}

// exitFailed: the examples have people who fail.
const exitFailed = 3
