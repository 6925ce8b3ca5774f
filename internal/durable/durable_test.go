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
