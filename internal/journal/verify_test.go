package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestVerifyEveryByte: whichever byte of a journal is another one or is gone, it is
// found, at its line or the next.
func TestVerifyEveryByte(t *testing.T) {
	good := record(t)
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	must(t, verified(t, path, good))
	for i := range good {
		line := 1 + bytes.Count(good[:i], []byte("\n"))
		altered := bytes.Clone(good)
		for _, b := range []byte{good[i] ^ 0x20, '\n'} { // a letter's case; a line in two
			if altered[i] = b; b != good[i] {
				found(t, verified(t, path, altered), i, line)
			}
		}
		found(t, verified(t, path, append(bytes.Clone(good[:i]), good[i+1:]...)), i, line)
	}
}

// verified is what is wrong with a journal of such bytes.
func verified(t *testing.T, path string, text []byte) error {
	t.Helper()
	must(t, os.WriteFile(path, text, 0o600))
	r, err := Verify(path)
	if err != nil {
		return err
	}
	if left, _ := os.ReadFile(path); !bytes.Equal(left, text) {
		t.Fatal("it was altered by the look")
	}
	return r.Damage(path)
}

func found(t *testing.T, err error, at, line int) {
	t.Helper()
	var damage *DamageError
	var newer *NewerError
	switch {
	case errors.As(err, &newer) && line == 1:
	case !errors.As(err, &damage):
		t.Fatalf("byte %d, line %d: got %v", at, line, err)
	case damage.Line != line && damage.Line != line+1:
		t.Fatalf("byte %d: got line %d, want %d", at, damage.Line, line)
	}
}

// TestVerifyCutAnywhere: a journal that ends in the middle of a line says so.
// One that ends after a line is sound, since lines that were never written are
// none: the views, and the chain's last value noted elsewhere, tell of them.
func TestVerifyCutAnywhere(t *testing.T) {
	good := record(t)
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	lines := bytes.SplitAfter(good, []byte("\n"))
	least := len(lines[0]) + len(lines[1]) // no run before the roster is checked
	for n := range good {
		err := verified(t, path, good[:n])
		if whole := n >= least && good[n-1] == '\n'; whole != (err == nil) {
			t.Fatalf("%d bytes: got %v", n, err)
		}
	}
}
