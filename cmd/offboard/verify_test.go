package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/offboard-cli/offboard/internal/cli"
)

// TestVerifyEveryByte: a record in which one byte of the journal, the roster or
// a view is another one is not called unaltered.
func TestVerifyEveryByte(t *testing.T) {
	dir := t.TempDir()
	roster, run := filepath.Join(dir, "leavers.csv"), filepath.Join(dir, "run")
	if err := os.WriteFile(roster, []byte("user,team\nanna,blue\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	offboard := func(args ...string) int {
		return cli.Main(t.Context(), cli.Process{Args: args, Stdin: new(bytes.Buffer), Stdout: io.Discard, Stderr: io.Discard})
	}
	if code := offboard("run", roster, "--simulate", "--dir", run); code != 0 {
		t.Fatalf("run: exit code %d", code)
	}
	for _, name := range []string{"journal.jsonl", "input.csv", "plan.csv", "results.csv", "pending.csv", "failed.csv", "summary.json"} {
		path := filepath.Join(run, name)
		good, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range good {
			altered := bytes.Clone(good)
			altered[i] ^= 1
			if err := os.WriteFile(path, altered, 0o600); err != nil {
				t.Fatal(err)
			}
			if code := offboard("verify", run); code != 3 {
				t.Errorf("%s: byte %d of %d: exit code %d, want 3", name, i, len(good), code)
			}
		}
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
		if code := offboard("verify", run); code != 0 {
			t.Fatalf("%s as it was: exit code %d, want 0", name, code)
		}
	}
}
