package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// record is a journal with everything in it, as its bytes.
func record(t testing.TB) []byte {
	t.Helper()
	j, path := create(t, 9)
	must(t, j.Append(begin(ActionDeactivate), sent(1), answer(1, Done), sent(3), answer(3, Pending), sent(4), answer(4, Failed)))
	must(t, j.Append(sent(5), Entry{Kind: KindWithdraw, Row: 5, At: at, Reason: "interrupted"}))
	must(t, j.Append(sent(6), answer(6, Failed), Entry{Kind: KindWithdraw, Row: 6, Outcome: Unknown, At: at, Answered: true}))
	must(t, j.Append(Entry{Kind: KindEnd, At: at, Reason: "why", End: &End{Command: "run", ExitCode: 6}}))
	must(t, j.Append(begin(ActionCheck), answer(3, Off), answer(1, On), sent(7)))
	must(t, j.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	return whole
}

// FuzzJournal damages a journal: some bytes go, others come, and it may end
// early. It is refused and left as it is, or what is gone on with is exactly
// the lines that were written, up to some line; what was behind them is kept.
func FuzzJournal(f *testing.F) {
	good := record(f)
	f.Add(uint32(0), uint32(0), []byte(nil), uint32(0))
	f.Add(uint32(len(good)), uint32(0), []byte(`{"kind":"sent","row":8`), uint32(0))
	f.Add(uint32(len(good)), uint32(0), []byte("\n"), uint32(0))
	f.Add(uint32(700), uint32(1), []byte("x"), uint32(0))
	f.Add(uint32(700), uint32(300), []byte(nil), uint32(40))
	for line := range bytes.Lines(good) { // of the journal itself, at another place
		f.Add(uint32(len(good)), uint32(0), line, uint32(0))
	}
	path := filepath.Join(f.TempDir(), "journal.jsonl")
	f.Fuzz(func(t *testing.T, at, drop uint32, insert []byte, cut uint32) {
		from := int(at) % (len(good) + 1)
		to := from + int(drop)%(len(good)-from+1)
		damaged := bytes.Join([][]byte{good[:from], insert, good[to:]}, nil)
		damaged = damaged[:len(damaged)-int(cut)%(len(damaged)+1)]
		must(t, os.WriteFile(path, damaged, 0o600))
		loaded, loadError := Load(path)
		j, err := Open(path)
		left, readError := os.ReadFile(path)
		must(t, readError)
		if err != nil {
			refused(t, err, left, damaged)
			return
		}
		must(t, j.Close())
		if len(left) > 0 && left[len(left)-1] != '\n' || !bytes.HasPrefix(good, left) {
			t.Fatalf("goes on with what was never written:\n%s", left)
		}
		want, err := stateAfter(left)
		if err != nil || loadError != nil || everything(j.State()) != everything(want) || everything(loaded) != everything(want) {
			t.Fatalf("got\n%s\nloaded\n%s (%v)\nwant\n%s (%v)", everything(j.State()), everything(loaded), loadError, everything(want), err)
		}
		kept(t, path, left, damaged)
	})
}

func refused(t *testing.T, err error, left, damaged []byte) {
	t.Helper()
	var damage *DamageError
	var newer *NewerError
	if !errors.As(err, &damage) && !errors.As(err, &newer) {
		t.Errorf("got %T, %v", err, err)
	}
	if !bytes.Equal(left, damaged) {
		t.Errorf("it is refused, but altered")
	}
}

// kept looks for the torn rest, and takes it away for the next one.
func kept(t *testing.T, path string, left, damaged []byte) {
	t.Helper()
	name := fmt.Sprintf("%s.torn-%d", path, len(left))
	torn, err := os.ReadFile(name)
	if len(left) == len(damaged) {
		if err == nil {
			t.Errorf("nothing is torn, but %q is kept", torn)
		}
		return
	}
	if err != nil || !bytes.Equal(torn, damaged[len(left):]) {
		t.Errorf("kept %q, want %q (%v)", torn, damaged[len(left):], err)
	}
	must(t, os.Remove(name))
}

// stateAfter is where the lines lead to, all of which are good.
func stateAfter(lines []byte) (*State, error) {
	var s State
	_, err := scan(bytes.NewReader(lines), "", s.Apply)
	return &s, err
}

func everything(s *State) string {
	if s == nil {
		return "none"
	}
	return fmt.Sprintf("%+v", *s)
}
