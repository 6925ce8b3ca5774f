package roster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzRoster reads anything: it does not panic, and no row gets lost between Check,
// Users and Records.
func FuzzRoster(f *testing.F) {
	for _, seed := range []string{
		"user,name\nann,Ann\nbob,\"Bob\r\nB\"\n\nann,x\n..,y\n",
		"sep=;\r\nuser;name\r\nann;\xE9\r\n",
		"\xEF\xBB\xBF\"user\"\t\"message\"\nann\tbye\nbob\n",
		"\xFF\xFEu\x00s\x00e\x00r\x00\n\x00a\x00\n\x00",
		"user|x\na\"b|1\n\"c\"d|2\n\"e|3\n",
		"user,x\n\"a\n\"b,1\nc,2\n",
		"user\n1e+11\n\uFFFD\n\x01\n\"\"\n",
	} {
		f.Add([]byte(seed), false, "")
	}
	f.Add([]byte("user,x\nann,6\" a\nbob,\"x\ny\n"), true, "utf-8")
	f.Add([]byte("user,x\nann,\xE9\n"), false, "utf-8")
	path := filepath.Join(f.TempDir(), "fuzz.csv")
	f.Fuzz(func(t *testing.T, data []byte, lazy bool, encoding string) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(path, "fuzz.csv", Options{LazyQuotes: lazy, Encoding: encoding})
		if err != nil {
			wantInput(t, err)
			return
		}
		report, skips, err := check(t, r, true)
		if err != nil {
			wantInput(t, err)
			return
		}
		account(t, r, report, skips)
		refusal(t, r, report)
	})
}

func wantInput(t *testing.T, err error) {
	t.Helper()
	if e, ok := errors.AsType[*InputError](err); !ok || e.Text == "" || e.Hint == "" {
		t.Fatalf("got %T, %v", err, err)
	}
}

// refusal checks that without leave to skip, every bad row is a problem that
// says where it is.
func refusal(t *testing.T, r *Roster, report Report) {
	t.Helper()
	strict, _, err := check(t, r, false)
	if report.Invalid == 0 {
		if err != nil || strict.Users != report.Users {
			t.Fatalf("got %+v, %v, want %+v", strict, err, report)
		}
		return
	}
	e, ok := errors.AsType[*InputError](err)
	if !ok || e.Total != report.Invalid || len(e.Problems) != min(e.Total, maxProblems) {
		t.Fatalf("got %v for %d bad rows", err, report.Invalid)
	}
	last := 0
	for _, p := range e.Problems {
		if p.Line <= last || p.Column < 1 || p.Text == "" || strings.ContainsAny(p.Text, "\n\x1b") {
			t.Fatalf("%+v, after line %d", p, last)
		}
		last = p.Line
	}
}

// account checks that each row is told of once: by Users, or by a Skip as invalid.
func account(t *testing.T, r *Roster, report Report, skips []Skip) {
	told := make([]int, report.Rows+1)
	users := make([]string, report.Rows+1)
	first := make(map[string]bool)
	duplicates := make(map[int]bool)
	for u, err := range r.Users() {
		if err != nil {
			t.Fatal(err)
		}
		if strings.TrimSpace(u.User) != u.User || wrong(u.User) != "" || strings.ContainsFunc(u.User, unprintable) {
			t.Fatalf("row %d: %q is a user", u.Row, u.User)
		}
		told[u.Row]++
		users[u.Row] = u.User
		duplicates[u.Row] = first[u.User]
		first[u.User] = true
	}
	for i, s := range skips {
		if i > 0 && s.Row <= skips[i-1].Row {
			t.Fatalf("row %d is skipped after row %d", s.Row, skips[i-1].Row)
		}
		if strings.HasPrefix(s.Reason, "duplicate of row ") {
			if !duplicates[s.Row] {
				t.Fatalf("row %d is no duplicate", s.Row)
			}
			delete(duplicates, s.Row)
		} else {
			told[s.Row]++
		}
	}
	for row, n := range told[1:] {
		if n != 1 || duplicates[row+1] {
			t.Fatalf("row %d is told of %d times, duplicate: %v", row+1, n, duplicates[row+1])
		}
	}
	if report.Users != len(first) || report.Rows != report.Users+report.Duplicates+report.Invalid {
		t.Fatalf("got %+v for %d users", report, len(first))
	}
	compareRecords(t, r, users)
	compareWanted(t, r, users)
}

// compareWanted checks that Wanted passes over rows without losing count.
func compareWanted(t *testing.T, r *Roster, users []string) {
	for _, every := range []int{2, 7, len(users)} {
		wanted := func(row int) bool { return row%every == 0 }
		got := make([]string, len(users))
		for u, err := range r.Wanted(wanted) {
			if err != nil {
				t.Fatal(err)
			}
			got[u.Row] = u.User
		}
		for row, u := range users {
			if !wanted(row) {
				u = ""
			}
			if got[row] != u {
				t.Fatalf("row %d, of every %d: got %q, want %q", row, every, got[row], u)
			}
		}
	}
}

func unprintable(r rune) bool {
	return r == utf8.RuneError || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// compareRecords checks that Records has the row of each user.
func compareRecords(t *testing.T, r *Roster, users []string) {
	seen := make([]bool, len(users))
	for rec, err := range r.Records() {
		if err != nil {
			t.Fatal(err)
		}
		seen[rec.Row] = true
		if u := strings.TrimSpace(rec.Fields[r.user]); users[rec.Row] != "" && users[rec.Row] != u {
			t.Fatalf("row %d: got %q, want %q", rec.Row, u, users[rec.Row])
		}
	}
	for row, u := range users {
		if u != "" && !seen[row] {
			t.Fatalf("row %d has a user but no record", row)
		}
	}
}
