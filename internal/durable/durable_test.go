package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "results.csv")
	put := func(s string, fail error) error {
		return Replace(path, func(w io.Writer) error {
			io.WriteString(w, s)
			return fail
		})
	}
	if err := put("old", nil); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	if err := put("new but cut", broken); !errors.Is(err, broken) {
		t.Fatalf("got %v, want %v", err, broken)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("after a failed replacement: got %q, want the old file", got)
	}
	if err := put("new", nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "new" {
		t.Errorf("got %q, want %q", got, "new")
	}
	left, _ := os.ReadDir(dir)
	if len(left) != 1 {
		t.Errorf("%d files are left, want only the replaced one", len(left))
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != Mode {
		t.Errorf("mode %v, want %v", info.Mode().Perm(), os.FileMode(Mode))
	}
}

// TestLeftBehind: what a killed process leaves behind is gone after the next
// replacement. What stands at its name is not written to.
func TestLeftBehind(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "failed.csv"), filepath.Join(dir, "other")
	killed, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(killed, "half")
	killed.File.Close()
	os.WriteFile(other, []byte("other"), Mode)
	os.Remove(killed.Name())
	if err := os.Symlink(other, killed.Name()); err != nil {
		t.Skip(err)
	}
	if err := Replace(path, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("%v are left, want failed.csv and other", left)
	}
	if b, _ := os.ReadFile(other); string(b) != "other" {
		t.Errorf("the link at the name was followed: %q", b)
	}
}
