package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReadme replays the transcripts of the README and of that of examples/:
// the same commands print the same lines, but for numbers, which depend on the
// moment.
func TestReadme(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the transcripts are of a Unix shell")
	}
	for _, path := range []string{"README.md", "examples/README.md"} {
		t.Run(path, func(t *testing.T) { replayAll(t, path) })
	}
}

func replayAll(t *testing.T, path string) {
	readme, err := os.ReadFile("../../" + path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "examples"), os.DirFS("../../examples")); err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```console\n(.*?)```").FindAllSubmatch(readme, -1)
	if len(blocks) == 0 {
		t.Fatal("it has no transcript")
	}
	for _, b := range blocks {
		for _, step := range strings.Split(string(b[1]), "$ ")[1:] {
			line, want, _ := strings.Cut(step, "\n")
			want, interrupted := strings.CutPrefix(want, "offboard: SIMULATION: nothing real is switched off\n^C\n")
			got := replay(t, dir, line, interrupted)
			if interrupted {
				got = strings.TrimPrefix(got, "offboard: SIMULATION: nothing real is switched off\n")
				got, want = timeless(t, got), timeless(t, want)
			}
			if numberless(got) != numberless(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", line, got, want)
			}
		}
	}
}

// replay runs a line of a transcript, and interrupts it in the middle if the
// transcript does.
func replay(t *testing.T, dir, line string, interrupt bool) string {
	if interrupt {
		line = "exec " + line // so that the signal finds it
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if interrupt {
		await(t, filepath.Join(dir, "friday", "journal.jsonl"), `"outcome":"pending"`)
		cmd.Process.Signal(syscall.SIGINT)
	}
	cmd.Wait() // the exit code is told by what is printed
	return out.String()
}

// await polls a file until it holds the text.
func await(t *testing.T, path, text string) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if b, _ := os.ReadFile(path); bytes.Contains(b, []byte(text)) {
			return
		}
	}
	t.Fatalf("%s never held %s", path, text)
}

// timeless drops from a summary what depends on the instant of the interrupt:
// who is where by then, and the width of a column, but not that some are
// unsent.
func timeless(t *testing.T, s string) string {
	if !strings.Contains(s, "  unsent ") {
		t.Errorf("nobody is unsent after an interrupt:\n%s", s)
	}
	return regexp.MustCompile(" +").ReplaceAllString(momentary.ReplaceAllString(s, ""), " ")
}

var (
	progress  = regexp.MustCompile(`(?m)^offboard: \d.* left\n`) // of a machine that takes its time
	momentary = regexp.MustCompile(`(?m)^  .*\n|^next .* retry .*\n`)
	stamps    = regexp.MustCompile(`time=\S+|time +\S+`)
	numbers   = regexp.MustCompile(` *\b([0-9a-f]{64}|[0-9][0-9,.]*(ms|s)?)\b`)
)

func numberless(s string) string {
	s = stamps.ReplaceAllString(progress.ReplaceAllString(s, ""), "time")
	return numbers.ReplaceAllString(s, " #")
}

// TestExamples: no roster of examples/ is without a transcript.
func TestExamples(t *testing.T) {
	rosters, err := filepath.Glob("../../examples/*.csv")
	if err != nil || len(rosters) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	var transcripts []byte
	for _, path := range []string{"../../README.md", "../../examples/README.md"} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		transcripts = append(transcripts, b...)
	}
	for _, r := range rosters {
		command := regexp.MustCompile(`(?m)^\$ offboard (run|plan) examples/` + regexp.QuoteMeta(filepath.Base(r)) + " ")
		if !command.Match(transcripts) {
			t.Errorf("no transcript is about %s", r)
		}
	}
}

// exitFailed: the run has ended, and some people failed.
const exitFailed = 3
