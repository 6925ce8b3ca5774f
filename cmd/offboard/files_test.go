package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// mounted gives a folder a small file system of its own, or another size to
// the one that it has.
func mounted(ts *testscript.TestScript, _ bool, args []string) {
	folder, size := ts.MkAbs(args[0]), "size="+args[1]
	s := at(ts)
	if s.mounted {
		ts.Check(exec.Command("mount", "-o", "remount,"+size, folder).Run())
		return
	}
	ts.Check(exec.Command("mount", "-t", "tmpfs", "-o", size, "tmpfs", folder).Run())
	s.mounted = true
	ts.Defer(func() { _ = exec.Command("umount", "-l", folder).Run() })
}

func until(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: until PATTERN FILE")
	}
	pattern, err := regexp.Compile("(?s)" + args[0])
	ts.Check(err)
	var text []byte
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if text, err = os.ReadFile(ts.MkAbs(args[1])); err == nil && pattern.Match(text) {
			return
		}
	}
	ts.Fatalf("%q does not turn up in %s: %v\n%s", args[0], args[1], err, text)
}

// summary wants all counts that are not named to be 0, the sum of all to be
// the number of rows, and the exit code to be there.
func summary(ts *testscript.TestScript, _ bool, args []string) {
	var s struct {
		Input    struct{ Rows int }
		Users    map[string]int
		ExitCode *int `json:"exit_code"`
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(filepath.Join(args[0], "summary.json"))), &s))
	want := map[string]int{"done": 0, "pending": 0, "failed": 0, "skipped": 0, "unsent": 0, "unknown": 0}
	exit := ""
	for _, arg := range args[1:] {
		key, value, _ := strings.Cut(arg, "=")
		if key == "exit_code" {
			exit = value
			continue
		}
		want[key] = number(ts, value)
	}
	sum := 0
	for key, n := range s.Users {
		sum += n
		if n != want[key] {
			ts.Fatalf("%s: %d users are %s, want %d; all: %v", args[0], n, key, want[key], s.Users)
		}
	}
	if len(s.Users) != len(want) || sum != s.Input.Rows {
		ts.Fatalf("%s: %v do not add up to %d rows", args[0], s.Users, s.Input.Rows)
	}
	if s.ExitCode == nil || exit != "" && strconv.Itoa(*s.ExitCode) != exit {
		ts.Fatalf("%s: want exit code %s in\n%s", args[0], exit, ts.ReadFile(filepath.Join(args[0], "summary.json")))
	}
}

func jsonSays(ts *testscript.TestScript, _ bool, args []string) {
	file, line, one := strings.Cut(args[0], ":")
	text := ts.ReadFile(file)
	if one {
		all := strings.Split(text, "\n")
		n := number(ts, line)
		if n > len(all) {
			ts.Fatalf("%s has no line %d", file, n)
		}
		text = all[n-1]
	}
	var doc any
	ts.Check(json.Unmarshal([]byte(text), &doc))
	for _, arg := range args[1:] {
		path, want, _ := strings.Cut(arg, "=")
		v := doc
		for key := range strings.SplitSeq(path, ".") {
			switch in := v.(type) {
			case map[string]any:
				v = in[key]
			case []any:
				v = nil
				if i, err := strconv.Atoi(key); err == nil && i < len(in) {
					v = in[i]
				}
			default:
				v = nil
			}
		}
		got, _ := json.Marshal(v)
		if s, ok := v.(string); ok {
			got = []byte(s)
		}
		if string(got) != want {
			ts.Fatalf("%s: %s is %s, want %s", args[0], path, got, want)
		}
	}
}

func jsonLines(ts *testscript.TestScript, _ bool, args []string) {
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		var object map[string]any
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			ts.Fatalf("%s: %v in %q", args[0], err, line)
		}
	}
}

func lines(ts *testscript.TestScript, _ bool, args []string) {
	if got, want := strings.Count(ts.ReadFile(args[0]), "\n"), number(ts, args[1]); got != want {
		ts.Fatalf("%s has %d lines, want %d\n%s", args[0], got, want, ts.ReadFile(args[0]))
	}
}

func mode(ts *testscript.TestScript, _ bool, args []string) {
	for _, arg := range args[1:] {
		files, err := filepath.Glob(ts.MkAbs(arg))
		ts.Check(err)
		if len(files) == 0 {
			ts.Fatalf("there is no %s", arg)
		}
		for _, name := range files {
			info, err := os.Stat(name)
			ts.Check(err)
			if got := fmt.Sprintf("%o", info.Mode().Perm()); got != args[0] {
				ts.Fatalf("%s: mode %s, want %s", name, got, args[0])
			}
		}
	}
}

func absent(ts *testscript.TestScript, _ bool, args []string) {
	for _, arg := range args[1:] {
		if arg == "stdout" || arg == "stderr" {
			if strings.Contains(ts.ReadFile(arg), args[0]) {
				ts.Fatalf("%s holds %s", arg, args[0])
			}
			continue
		}
		ts.Check(filepath.WalkDir(ts.MkAbs(arg), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			if text, err := os.ReadFile(name); err != nil || bytes.Contains(text, []byte(args[0])) {
				return fmt.Errorf("%s holds %s (%v)", name, args[0], err)
			}
			return nil
		}))
	}
}

// lint has promtool judge a file of metrics. Without one, only that is left
// out: https://packages.debian.org/prometheus has it.
func lint(ts *testscript.TestScript, _ bool, args []string) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		ts.Logf("%s is not linted: %v", args[0], err)
		return
	}
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader(ts.ReadFile(args[0]))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		ts.Fatalf("%s: %v\n%s", args[0], err, out)
	}
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(s)
	ts.Check(err)
	return n
}
