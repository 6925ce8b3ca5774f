package results

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/roster"
)

// FuzzViews takes any roster and any text of the tenant through a run: who is
// pending or has failed can be offboarded from the view, with all columns as
// they were.
func FuzzViews(f *testing.F) {
	for _, s := range []string{
		"user,name\nann,Ann\nbob,\"Bob\r\nB\"\n\nann,x\n..,y\n",
		"sep=;\r\nuser;name\r\nann;\xE9\r\nbob;x\r\n",
		"\xEF\xBB\xBF\"user\"\t\"message\"\nann\tbye\nbob\n",
		"\xFF\xFEu\x00s\x00e\x00r\x00\n\x00a\x00\n\x00b\x00\n\x00",
		"user|x\na\"b|1\n\"c\"d|2\n",
		"Error,user,attempts\nx,ann,=1\ny,bob,\n",
		"user\nann\nbob\ncid\n",
	} {
		f.Add([]byte(s), "=cmd;=1,\n\x1b")
	}
	dir := f.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	f.Fuzz(func(t *testing.T, data []byte, message string) {
		must(t, os.WriteFile(file("input.csv"), data, 0o600))
		r, err := roster.Open(file("input.csv"), "input.csv", roster.Options{})
		if err != nil {
			return
		}
		var skips []journal.Entry
		report, err := r.Check(t.Context(), true, func(s roster.Skip) error {
			skips = append(skips, journal.Entry{Kind: journal.KindSkip, Row: s.Row, At: at, User: s.User, Reason: s.Reason})
			return nil
		})
		if err != nil || report.Users == 0 {
			return
		}
		want := answered(t, file("journal.jsonl"), r, skips, strings.ToValidUTF8(message, "?"))
		s, err := writeViews(t, Paths{file("journal.jsonl"), file("results.csv"), file("pending.csv"), file("failed.csv"), file("summary.json")}, r)
		must(t, err)
		if s.Users.Pending+s.Users.Failed != report.Users || s.Users.Skipped != report.Rows-report.Users {
			t.Errorf("%+v of %+v", s.Users, report)
		}
		sameAgain(t, r, file("pending.csv"), want[journal.Pending], pendingHeader)
		sameAgain(t, r, file("failed.csv"), want[journal.Failed], failedHeader)
		must(t, os.Remove(file("journal.jsonl")))
	})
}

// answered writes the journal of a run in which every other user is pending
// and the others fail, and returns the rows of both.
func answered(t *testing.T, path string, r *roster.Roster, skips []journal.Entry, message string) map[journal.Outcome][]int {
	t.Helper()
	d, err := journal.Create(path, journal.Header{}, at)
	must(t, err)
	rows := 0
	skipped := make(map[int]bool)
	for _, e := range skips {
		must(t, d.Add(e))
		skipped[e.Row] = true
		rows = e.Row
	}
	var entries []journal.Entry
	of := make(map[journal.Outcome][]int)
	for u, err := range r.Users() {
		must(t, err)
		rows = max(rows, u.Row)
		if skipped[u.Row] {
			continue
		}
		o := []journal.Outcome{journal.Pending, journal.Failed}[len(entries)/2%2]
		of[o] = append(of[o], u.Row)
		entries = append(entries, sent(u.Row), answer(u.Row, 1, o, journal.Answer{Message: message, Platforms: []journal.Platform{platform(message, o, 0, message)}}))
	}
	must(t, d.Add(journal.Entry{Kind: journal.KindChecked, At: at, Checked: &journal.Checked{Rows: rows}}))
	j, err := d.Publish()
	must(t, err)
	must(t, j.Append(entries...))
	must(t, j.Close())
	return of
}

// sameAgain reads a view as a roster and compares it with those rows of the
// first one.
func sameAgain(t *testing.T, r *roster.Roster, path string, rows []int, added []string) {
	t.Helper()
	again, err := roster.Open(path, "view.csv", roster.Options{})
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	replaced := func(name string) bool { return slices.Contains(added, strings.ToLower(strings.TrimSpace(name))) }
	if want := append(slices.DeleteFunc(r.Header(), replaced), added...); !slices.Equal(again.Header(), want) {
		t.Fatalf("got header %q, want %q", again.Header(), want)
	}
	var want [][]string
	for rec, err := range r.Records() {
		must(t, err)
		if slices.Contains(rows, rec.Row) {
			want = append(want, kept(r.Header(), rec.Fields, replaced))
		}
	}
	var got [][]string
	for rec, err := range again.Records() {
		must(t, err)
		for _, cell := range rec.Fields[len(rec.Fields)-len(added):] {
			if strings.ContainsAny(strings.TrimSpace(cell)+" ", "\n\r\x1b") || strings.HasPrefix(strings.TrimSpace(cell), "=") {
				t.Errorf("the view has %q", cell)
			}
		}
		got = append(got, slices.Clone(rec.Fields[:len(rec.Fields)-len(added)]))
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	var users, wantUsers []string
	for u, err := range again.Users() {
		must(t, err)
		users = append(users, u.User+"\x00"+u.Message)
	}
	for u, err := range r.Users() {
		must(t, err)
		if slices.Contains(rows, u.Row) {
			wantUsers = append(wantUsers, u.User+"\x00"+u.Message)
		}
	}
	if !slices.Equal(users, wantUsers) {
		t.Errorf("got users %q, want %q", users, wantUsers)
	}
}

// kept are the fields under the names that are not replaced.
func kept(header, fields []string, replaced func(string) bool) (all []string) {
	for i, f := range fields {
		if !replaced(header[i]) {
			all = append(all, f)
		}
	}
	return all
}
