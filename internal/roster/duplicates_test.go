package roster

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// counted is a roster in memory that counts how it is read.
type counted struct {
	text         string
	opened, open int
	bytes        int
}

func (c *counted) Open() (io.ReadCloser, error) {
	c.opened++
	c.open++
	return &reading{strings.NewReader(c.text), c}, nil
}

type reading struct {
	*strings.Reader
	c *counted
}

func (r *reading) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	r.c.bytes += n
	return n, err
}

func (r *reading) Close() error {
	r.c.open--
	return nil
}

func openCounted(t *testing.T, text string) (*Roster, *counted) {
	t.Helper()
	c := &counted{text: text}
	r := newRoster("leavers.csv", c.Open)
	if err := r.settle(Options{}); err != nil {
		t.Fatal(describe(err))
	}
	c.opened, c.bytes = 0, 0
	return r, c
}

// wantSkips finds duplicates in the plain way.
func wantSkips(users []string) []Skip {
	first := make(map[string]int)
	var skips []Skip
	for i, u := range users {
		if f, ok := first[u]; ok {
			skips = append(skips, Skip{Row: i + 1, User: u, Reason: fmt.Sprintf("duplicate of row %d", f)})
		} else {
			first[u] = i + 1
		}
	}
	return skips
}

func TestDuplicates(t *testing.T) {
	random := make([]string, 400)
	for i := range random {
		random[i] = fmt.Sprint("user", rand.IntN(300))
	}
	rosters := map[string][]string{
		"none":             {"ann", "bob", "Ann", "ann2"},
		"one":              {"ann", "bob", "ann"},
		"three of a kind":  {"x", "ann", "ann", "ann"},
		"interleaved":      {"a", "b", "c", "c", "b", "a", "b"},
		"all the same":     slices.Repeat([]string{"ann"}, 50),
		"random":           random,
		"exact, not equal": {"é", "e\u0301", "É", "é"},
	}
	hashes := map[string]func(string) uint64{
		"random hash":  nil,
		"all equal":    func(string) uint64 { return 7 },
		"all zero":     func(string) uint64 { return 0 },
		"four hashes":  func(s string) uint64 { return uint64(len(s)) % 4 },
		"highest hash": func(string) uint64 { return 1<<64 - 1 },
	}
	for name, users := range rosters {
		for hashName, hash := range hashes {
			for _, groups := range []int{1, 2, 3, 500_000} {
				t.Run(fmt.Sprint(name, "/", hashName, "/", groups), func(t *testing.T) {
					r, c := openCounted(t, "user\n"+strings.Join(users, "\n"))
					r.groups = groups
					if hash != nil {
						r.hash = hash
					}
					report, skips, err := check(t, r, false)
					want := wantSkips(users)
					if err != nil || !slices.Equal(skips, want) {
						t.Errorf("got %v, %v, want %v", skips, err, want)
					}
					if report.Users+report.Duplicates != len(users) || report.Duplicates != len(want) {
						t.Errorf("got %+v", report)
					}
					if c.open != 0 {
						t.Errorf("%d readings left open", c.open)
					}
				})
			}
		}
	}
}

func TestPasses(t *testing.T) {
	tests := []struct {
		users  string
		groups int
		want   int
	}{
		{"a b c d", 10, 1},       // nothing to look for
		{"a b c a", 10, 3},       // check, compare, tell
		{"a b c a b c", 3, 3},    // one pass takes all
		{"a b c a b c", 2, 4},    // two are needed
		{"a b c a b c", 1, 5},    // or three
		{"a b c a b c a", 1, 5},  // more rows of a user make no more passes
		{"a .. b c a b c", 3, 3}, // bad rows are told along
		{"a .. b c", 3, 2},
	}
	for _, test := range tests {
		r, c := openCounted(t, "user\n"+strings.ReplaceAll(test.users, " ", "\n"))
		r.groups = test.groups
		if _, _, err := check(t, r, true); err != nil {
			t.Fatal(err)
		}
		if c.opened != test.want {
			t.Errorf("%s by %d: got %d readings, want %d", test.users, test.groups, c.opened, test.want)
		}
	}
}

// Telling the skips ends with the last one.
func TestTellStops(t *testing.T) {
	var text strings.Builder
	text.WriteString("user\na\na\n")
	for i := range 100_000 {
		fmt.Fprintln(&text, i)
	}
	r, c := openCounted(t, text.String())
	if _, _, err := check(t, r, false); err != nil {
		t.Fatal(err)
	}
	if most := 2*text.Len() + 128<<10; c.bytes > most {
		t.Errorf("read %d bytes of %d, want at most %d", c.bytes, text.Len(), most)
	}
}

func TestIteratorsClose(t *testing.T) {
	r, c := openCounted(t, "user\n"+strings.Repeat("a\n", 100_000))
	for range r.Users() {
		break
	}
	for range r.Records() {
		break
	}
	for range r.Users() {
	}
	for range r.Records() {
	}
	if c.opened != 4 || c.open != 0 {
		t.Errorf("opened %d, left open %d", c.opened, c.open)
	}
	r, c = openCounted(t, "user\na\n\"b\n")
	for range r.Users() {
	}
	for range r.Records() {
	}
	if c.opened != 2 || c.open != 0 {
		t.Errorf("with an error: opened %d, left open %d", c.opened, c.open)
	}
}
