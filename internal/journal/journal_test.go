package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var at = time.Date(2026, 11, 24, 9, 0, 0, 123456000, time.UTC)

// create makes a run of the given number of rows, of which row 2 is skipped.
func create(t testing.TB, rows int) (*Journal, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	d, err := Create(path, Header{Tool: "test", Run: "r", Tenant: "https://t.example"}, at)
	if err != nil {
		t.Fatal(err)
	}
	must(t, d.Add(Entry{Kind: KindSkip, Row: 2, At: at, Reason: "duplicate of row 1"}))
	must(t, d.Add(Entry{Kind: KindChecked, At: at, Checked: &Checked{Rows: rows, Users: rows - 1}}))
	if _, err := os.Stat(path); err == nil {
		t.Fatal("the journal is there before Publish")
	}
	j, err := d.Publish()
	if err != nil {
		t.Fatal(err)
	}
	return j, path
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sent(row int) Entry {
	return Entry{Kind: KindSent, Row: row, At: at, User: fmt.Sprint("user", row)}
}

func answer(row int, o Outcome) Entry {
	return Entry{Kind: KindAnswer, Row: row, Outcome: o, At: at, User: fmt.Sprint("user", row), Answer: &Answer{
		Action: ActionDeactivate, HTTPStatus: 200, Status: 204, Message: "<\"weird\"\n\u2028>", Attempts: 1,
		Platforms: []Platform{{Name: "training", Outcome: o, Status: 204}},
	}}
}

func begin(action string) Entry {
	return Entry{Kind: KindBegin, At: at, Stage: &Stage{Command: "run", Action: action, Tool: "test"}}
}

func standings(s *State) string {
	var b strings.Builder
	for row := range s.rows {
		fmt.Fprintf(&b, "%s ", s.Standing(row+1))
	}
	return strings.TrimSpace(b.String())
}

func TestStandings(t *testing.T) {
	j, path := create(t, 8)
	must(t, j.Append(begin(ActionDeactivate)))
	must(t, j.Append(sent(1)))
	must(t, j.Append(answer(1, Done), sent(3)))
	must(t, j.Append(sent(4), answer(4, Pending)))
	must(t, j.Append(sent(5), answer(5, Failed)))
	must(t, j.Append(sent(6), Entry{Kind: KindWithdraw, Row: 6, At: at, Reason: "interrupted"}))
	must(t, j.Append(sent(7), answer(7, Failed), Entry{Kind: KindWithdraw, Row: 7, Outcome: Unknown, At: at, Answered: true}))
	// A retry that is withdrawn leaves the row pending.
	must(t, j.Append(sent(4), Entry{Kind: KindWithdraw, Row: 4, At: at}))
	must(t, j.Append(begin(ActionCheck), answer(4, Off), answer(5, Failed)))
	must(t, j.Append(answer(1, Failed), Entry{Kind: KindWithdraw, Row: 1, Outcome: Unknown, At: at, Answered: true}))
	must(t, j.Append(Entry{Kind: KindEnd, At: at, Reason: "why", End: &End{Command: "check", ExitCode: 6}}))

	const want = "done skipped unknown pending failed unsent unknown unsent"
	live := standings(j.State())
	must(t, j.Close())
	loaded, err := Load(path)
	must(t, err)
	again, err := Open(path)
	must(t, err)
	defer again.Close()
	for name, got := range map[string]string{"live": live, "loaded": standings(loaded), "opened": standings(again.State())} {
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	if n := loaded.CheckCounts(); n[Off] != 1 || n[Failed] != 1 || n[On] != 0 {
		t.Errorf("checks: got %v, want one off and one failed", n)
	}
	sum := 0
	for _, n := range loaded.Counts() {
		sum += n
	}
	if sum != 8 {
		t.Errorf("counts add up to %d, want 8", sum)
	}
	if last := loaded.Last(); last.Action != ActionCheck || last.Exit != 6 || last.Why != "why" || last.Ended.IsZero() {
		t.Errorf("last stage: got %+v", last)
	}
}

func person(row int, o Outcome) Entry {
	return Entry{Kind: KindPerson, Row: row, Outcome: o, At: at, User: fmt.Sprint("user", row)}
}

// TestUndone: what was so before the run stays on record, whatever an undo
// finds and does.
func TestUndone(t *testing.T) {
	j, path := create(t, 5)
	must(t, j.Append(begin(ActionLookup), person(1, On), person(3, On), person(4, Missing)))
	must(t, j.Append(Entry{Kind: KindWithdraw, Row: 4, At: at, Answered: true})) // nobody has looked
	must(t, j.Append(begin(ActionDeactivate), sent(1), answer(1, Done), sent(3), answer(3, Done), sent(4), answer(4, Done)))
	must(t, j.Append(begin(ActionCheck), answer(1, Off), answer(3, Off)))
	must(t, j.Append(begin(ActionLookup), person(1, Off), person(3, Failed)))
	must(t, j.Append(Entry{Kind: KindWithdraw, Row: 3, At: at, Answered: true}))
	must(t, j.Append(begin(ActionActivate), Entry{Kind: KindSkip, Row: 3, Outcome: Failed, At: at, Action: ActionActivate}))
	must(t, j.Append(sent(1), Entry{Kind: KindWithdraw, Row: 1, At: at}, sent(1), answer(1, Pending), sent(4)))
	must(t, j.Close())
	s, err := Load(path)
	must(t, err)
	var got strings.Builder
	for row := 1; row <= 5; row++ {
		fmt.Fprintln(&got, s.Sent(row), s.Standing(row), s.Prior(row), s.Seen(row), s.Undo(row), s.LastCheck(row))
	}
	const want = `true done on off pending unsent
false skipped unsent unsent unsent unsent
true done on unsent failed off
true done unsent unsent unknown unsent
false unsent unsent unsent unsent unsent
`
	if got.String() != want {
		t.Errorf("got\n%swant\n%s", &got, want)
	}
}

// TestEveryPrefix cuts a good journal at every byte: it opens to exactly the
// whole lines before the cut, keeps the torn rest, and goes on from there.
func TestEveryPrefix(t *testing.T) {
	j, path := create(t, 4)
	must(t, j.Append(begin(ActionDeactivate), sent(1), answer(1, Done), sent(3), answer(3, Failed)))
	must(t, j.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	run := bytes.Index(whole, []byte(`{"kind":"begin"`)) // before it there is no run yet
	for cut := run; cut <= len(whole); cut++ {
		dir := t.TempDir()
		path := filepath.Join(dir, "journal.jsonl")
		must(t, os.WriteFile(path, whole[:cut], 0o600))
		j, err := Open(path)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		keep := bytes.LastIndexByte(whole[:cut], '\n') + 1
		got, _ := os.ReadFile(path)
		if !bytes.Equal(got, whole[:keep]) {
			t.Fatalf("cut at %d: %d bytes are left, want the %d of the whole lines", cut, len(got), keep)
		}
		torn, _ := os.ReadFile(fmt.Sprintf("%s.torn-%d", path, keep))
		if !bytes.Equal(torn, whole[keep:cut]) {
			t.Fatalf("cut at %d: kept %q of the torn line, want %q", cut, torn, whole[keep:cut])
		}
		if cut%16 != 0 { // each of the syncs that follow takes its time
			must(t, j.Close())
			continue
		}
		must(t, j.Append(begin(ActionDeactivate), sent(4)))
		must(t, j.Close())
		again, err := Open(path)
		if err != nil {
			t.Fatalf("cut at %d, after going on: %v", cut, err)
		}
		if got := again.State().Standing(4); got != Unknown {
			t.Fatalf("cut at %d: row 4 is %s, want unknown", cut, got)
		}
		must(t, again.Close())
	}
}

// TestEveryByte changes one byte at a time: the damage is found, with its
// line.
func TestEveryByte(t *testing.T) {
	j, path := create(t, 3)
	must(t, j.Append(begin(ActionDeactivate), sent(1), answer(1, Done)))
	must(t, j.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	rapid.Check(t, func(rt *rapid.T) {
		at := rapid.IntRange(0, len(whole)-2).Draw(rt, "byte") // the last newline makes a torn line of it
		bit := rapid.IntRange(0, 7).Draw(rt, "bit")
		damaged := bytes.Clone(whole)
		damaged[at] ^= 1 << bit
		file := filepath.Join(t.TempDir(), "journal.jsonl")
		if err := os.WriteFile(file, damaged, 0o600); err != nil {
			rt.Fatal(err)
		}
		_, err := Open(file)
		var damage *DamageError
		var newer *NewerError
		if errors.As(err, &newer) && bytes.HasSuffix(whole[:at], []byte(`"format":`)) {
			return // a damaged format may look like a newer one; it is refused all the same
		}
		if !errors.As(err, &damage) {
			rt.Fatalf("byte %d, bit %d: got %v, want a DamageError", at, bit, err)
		}
		line := bytes.Count(whole[:at], []byte("\n")) + 1
		if whole[at] != '\n' && damage.Line != line {
			rt.Fatalf("byte %d: got line %d, want %d", at, damage.Line, line)
		}
	})
}

func TestRemovedLineIsFound(t *testing.T) {
	j, path := create(t, 3)
	must(t, j.Append(begin(ActionDeactivate), sent(1), answer(1, Failed), sent(3), answer(3, Done)))
	must(t, j.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	lines := bytes.SplitAfter(whole, []byte("\n"))
	lines = append(lines[:5], lines[6:]...) // somebody hides the failure of row 1
	must(t, os.WriteFile(path, bytes.Join(lines, nil), 0o600))
	_, err = Open(path)
	var damage *DamageError
	if !errors.As(err, &damage) || damage.Line != 6 {
		t.Errorf("got %v, want damage in line 6", err)
	}
}

func TestNewerFormat(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.jsonl")
	e, err := text(Entry{Kind: KindHeader, At: at, Header: &Header{Format: Format + 1}})
	must(t, err)
	// Its chain may follow another rule.
	must(t, os.WriteFile(path, seal(nil, e, []byte("another rule")), 0o600))
	_, err = Open(path)
	var newer *NewerError
	if !errors.As(err, &newer) || newer.Format != Format+1 {
		t.Errorf("got %v, want a NewerError", err)
	}
}

func TestNoRun(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "other": "a,b\n1,2\n", "torn": `{"kind":"hea`} {
		path := filepath.Join(t.TempDir(), "journal.jsonl")
		must(t, os.WriteFile(path, []byte(content), 0o600))
		var damage *DamageError
		if _, err := Open(path); !errors.As(err, &damage) {
			t.Errorf("%s: got %v, want a DamageError", name, err)
		}
	}
}

// disk counts syncs, and is full after some bytes.
type disk struct {
	bytes.Buffer
	room    int
	syncs   int
	syncErr error
	block   chan struct{}
}

func (d *disk) Write(b []byte) (int, error) {
	if n := d.room - d.Len(); len(b) > n {
		d.Buffer.Write(b[:n])
		return n, syscall.ENOSPC
	}
	return d.Buffer.Write(b)
}

func (d *disk) Sync() error {
	if d.block != nil {
		<-d.block
	}
	d.syncs++
	return d.syncErr
}
func (d *disk) Close() error { return nil }

func stateOf(rows int) *State { return &State{Header: Header{Format: 1}, rows: make([]row, rows)} }

func TestFirstFailureSticks(t *testing.T) {
	d := &disk{room: 500}
	j := newJournal(d, newChain(), stateOf(9))
	var n int
	for row := 1; row <= 9; row++ {
		if err := j.Append(sent(row)); err != nil {
			if !errors.Is(err, ErrWrite) || !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("got %v, want ErrWrite for ENOSPC", err)
			}
			break
		}
		n++
	}
	if n == 0 || n == 9 {
		t.Fatalf("%d entries fitted, want some", n)
	}
	size := d.Len()
	d.room = 1 << 20 // room again; but what is half written must not be followed
	if err := j.Append(sent(9)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("after the failure: got %v, want the same failure", err)
	}
	if d.Len() != size {
		t.Errorf("%d bytes were written after the failure", d.Len()-size)
	}
	if got := j.State().Standing(n + 1); got != Unsent {
		t.Errorf("the entry that failed counts: row is %s", got)
	}
}

func TestFailedSync(t *testing.T) {
	j := newJournal(&disk{room: 1 << 20, syncErr: syscall.EIO}, newChain(), stateOf(2))
	if err := j.Append(sent(1)); !errors.Is(err, syscall.EIO) {
		t.Errorf("got %v, want EIO", err)
	}
	if got := j.State().Standing(1); got != Unsent {
		t.Errorf("an entry that was not synced counts: row is %s", got)
	}
}

// TestGroupCommit lets many workers wait while one sync is under way: they
// share the next one.
func TestGroupCommit(t *testing.T) {
	const workers = 50
	d := &disk{room: 1 << 20, block: make(chan struct{})}
	j := newJournal(d, newChain(), stateOf(workers))
	var wg sync.WaitGroup
	for row := 1; row <= workers; row++ {
		wg.Go(func() {
			if err := j.Append(sent(row)); err != nil {
				t.Error(err)
			}
		})
	}
	for waiting := 0; waiting < workers; {
		j.mu.Lock()
		waiting = bytes.Count(j.waiting, []byte("\n")) + bytes.Count(j.writing, []byte("\n"))
		j.mu.Unlock()
	}
	close(d.block)
	wg.Wait()
	if d.syncs > 2 {
		t.Errorf("%d syncs for %d entries that waited together, want 2 at most", d.syncs, workers)
	}
	if got := bytes.Count(d.Bytes(), []byte("\n")); got != workers {
		t.Errorf("%d lines, want %d", got, workers)
	}
}

func TestParallelChain(t *testing.T) {
	const rows = 2000
	j, path := create(t, rows)
	must(t, j.Append(begin(ActionDeactivate)))
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			for row := 3 + w; row <= rows; row += 16 {
				if err := errors.Join(j.Append(sent(row)), j.Append(answer(row, Done))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	must(t, j.Close())
	again, err := Open(path)
	must(t, err)
	defer again.Close()
	if got := again.State().Counts()[Done]; got != rows-2 {
		t.Errorf("%d rows are done, want %d", got, rows-2)
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, workers := range []int{1, 16, 64} {
		b.Run(fmt.Sprint(workers), func(b *testing.B) {
			j, _ := create(b, 3)
			defer j.Close()
			must(b, j.Append(begin(ActionDeactivate)))
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() {
					for range b.N / workers {
						if err := j.Append(answer(1, Done)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	const rows = 100_000
	j, path := create(b, rows)
	must(b, j.Append(begin(ActionDeactivate)))
	var batch []Entry
	for row := 3; row <= rows; row++ {
		batch = append(batch, sent(row), answer(row, Done))
	}
	must(b, j.Append(batch...))
	must(b, j.Close())
	b.Run("checked", func(b *testing.B) {
		for range b.N {
			j, err := Open(path)
			must(b, err)
			j.Close()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*rows), "ns/line")
	})
	b.Run("loaded", func(b *testing.B) {
		for range b.N {
			_, err := Load(path)
			must(b, err)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(2*rows), "ns/line")
	})
}

// TestTornAgain tears the last line at a place that was torn before: both
// pieces are kept.
func TestTornAgain(t *testing.T) {
	j, path := create(t, 2)
	must(t, j.Append(begin(ActionDeactivate)))
	must(t, j.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	for _, piece := range []string{`{"kind":"se`, `{"ki`} {
		must(t, os.WriteFile(path, append(bytes.Clone(whole), piece...), 0o600))
		j, err := Open(path)
		must(t, err)
		must(t, j.Close())
	}
	kept, err := os.ReadFile(fmt.Sprintf("%s.torn-%d", path, len(whole)))
	must(t, err)
	if string(kept) != `{"kind":"se{"ki` {
		t.Errorf("kept %q, want both pieces", kept)
	}
}
