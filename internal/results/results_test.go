package results

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/roster"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var at = time.Date(2026, 11, 24, 9, 0, 0, 123456000, time.UTC)

// write makes the views of a run whose roster and journal are given, and
// returns the files by name.
func write(t testing.TB, input string, rows int, entries ...journal.Entry) (Summary, map[string]string) {
	t.Helper()
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(file("input.csv"), []byte(input), 0o600))
	r, err := roster.Open(file("input.csv"), "input.csv", roster.Options{})
	must(t, err)
	d, err := journal.Create(file("journal.jsonl"), journal.Header{Run: "r", Tenant: "https://t.example", Input: journal.Input{SHA256: "5ha"}}, at)
	must(t, err)
	for _, e := range entries {
		if e.Kind == journal.KindSkip {
			must(t, d.Add(e))
		}
	}
	must(t, d.Add(journal.Entry{Kind: journal.KindChecked, At: at, Checked: &journal.Checked{Rows: rows}}))
	j, err := d.Publish()
	must(t, err)
	must(t, j.Append(journal.Entry{Kind: journal.KindBegin, At: at, Stage: &journal.Stage{Command: "run", Action: journal.ActionDeactivate}}))
	for _, e := range entries {
		if e.Kind != journal.KindSkip {
			must(t, j.Append(e))
		}
	}
	must(t, j.Close())
	s, err := writeViews(t, Paths{file("journal.jsonl"), file("results.csv"), file("pending.csv"), file("failed.csv"), file("summary.json")}, r)
	must(t, err)
	files := make(map[string]string)
	entriesLeft, _ := os.ReadDir(dir)
	for _, e := range entriesLeft {
		b, err := os.ReadFile(file(e.Name()))
		must(t, err)
		files[e.Name()] = string(b)
	}
	if len(files) != 6 {
		t.Errorf("%d files, want the roster, the journal and four views", len(files))
	}
	return s, files
}

// writeViews makes the views of a run as its journal is on disk.
func writeViews(t testing.TB, p Paths, r *roster.Roster) (Summary, error) {
	t.Helper()
	s, err := journal.Load(p.Journal)
	must(t, err)
	return Write(p, r, s)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sent(row int) journal.Entry { return journal.Entry{Kind: journal.KindSent, Row: row, At: at} }

func answer(row int, seconds int, o journal.Outcome, a journal.Answer) journal.Entry {
	if a.Action == "" {
		a.Action = journal.ActionDeactivate
	}
	return journal.Entry{
		Kind: journal.KindAnswer, Row: row, Outcome: o, User: fmt.Sprint("u", row),
		At: at.Add(time.Duration(seconds) * time.Second), Answer: &a,
	}
}

func platform(name string, o journal.Outcome, status int, message string) journal.Platform {
	return journal.Platform{Name: name, Outcome: o, Status: status, Message: message}
}

func compare(t *testing.T, name, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestViews(t *testing.T) {
	s, files := write(t, "name;user\nAnna;u1\n\"Bob; or\nRob\";u2\nCarl;u3\nDora;u4\nEve;u5\nAnna;u1\nFay;u7\n", 7,
		journal.Entry{Kind: journal.KindSkip, Row: 6, At: at, User: "u1", Reason: "duplicate of row 1"},
		sent(2), sent(1),
		answer(2, 1, journal.Pending, journal.Answer{HTTPStatus: 200, Status: 204, Attempts: 2, LatencyMS: 7, Platforms: []journal.Platform{
			platform("social", journal.Pending, 202, ""), platform("training", journal.Pending, 202, ""), platform("play", journal.Done, 204, ""),
		}}),
		answer(1, 2, journal.Done, journal.Answer{HTTPStatus: 200, Status: 204, Attempts: 1}),
		sent(3),
		answer(3, 3, journal.Failed, journal.Answer{HTTPStatus: 200, Status: 204, Attempts: 5, Location: "@here", Platforms: []journal.Platform{
			platform("=cmd()", journal.Failed, 500, "=1+1"), platform("play", journal.Done, 204, ""),
		}}),
		sent(4),
		answer(4, 4, journal.Failed, journal.Answer{Attempts: 1, Message: "connection\x1b[31m refused"}),
		journal.Entry{Kind: journal.KindWithdraw, Row: 4, Outcome: journal.Unknown, At: at, Answered: true, Reason: "the tenant was down"},
		sent(2),
		answer(2, 9, journal.Pending, journal.Answer{HTTPStatus: 200, Status: 204, Attempts: 1, Platforms: []journal.Platform{
			platform("social", journal.Done, 204, ""), platform("training", journal.Pending, 202, ""),
		}}),
		sent(5),
	)
	compare(t, "results.csv", files["results.csv"], `row;user;action;outcome;platform;status;message;location;http_status;attempts;latency_ms;time
1;u1;deactivate;done;*;204;;;200;1;0;2026-11-24T09:00:02.123Z
2;u2;deactivate;pending;*;204;;;200;2;7;2026-11-24T09:00:01.123Z
2;u2;deactivate;pending;social;202;;;200;2;7;2026-11-24T09:00:01.123Z
2;u2;deactivate;pending;training;202;;;200;2;7;2026-11-24T09:00:01.123Z
2;u2;deactivate;done;play;204;;;200;2;7;2026-11-24T09:00:01.123Z
2;u2;deactivate;pending;*;204;;;200;1;0;2026-11-24T09:00:09.123Z
2;u2;deactivate;done;social;204;;;200;1;0;2026-11-24T09:00:09.123Z
2;u2;deactivate;pending;training;202;;;200;1;0;2026-11-24T09:00:09.123Z
3;u3;deactivate;failed;*;204;;'@here;200;5;0;2026-11-24T09:00:03.123Z
3;u3;deactivate;failed;'=cmd();500;'=1+1;;200;5;0;2026-11-24T09:00:03.123Z
3;u3;deactivate;done;play;204;;;200;5;0;2026-11-24T09:00:03.123Z
4;u4;deactivate;unknown;*;;does not count, the tenant was down: connection [31m refused;;;1;0;2026-11-24T09:00:04.123Z
6;u1;;skipped;*;;duplicate of row 1;;;;;2026-11-24T09:00:00.123Z
`)
	compare(t, "pending.csv", files["pending.csv"], "name;user;pending_platforms;pending_since;attempts\n\"Bob; or\nRob\";u2;training;2026-11-24T09:00:01.123Z;3\n")
	compare(t, "failed.csv", files["failed.csv"], "name;user;error\nCarl;u3;'=cmd(): =1+1\n")
	if want := (Users{Done: 1, Pending: 1, Failed: 1, Skipped: 1, Unsent: 1, Unknown: 2}); s.Users != want {
		t.Errorf("users: got %+v, want %+v", s.Users, want)
	}
	want := map[string]Platform{"=cmd()": {Failed: 1}, "play": {Done: 2}, "social": {Done: 1}, "training": {Pending: 1}}
	if fmt.Sprint(s.Platforms) != fmt.Sprint(want) {
		t.Errorf("platforms: got %v, want %v", s.Platforms, want)
	}
	var read Summary
	if err := json.Unmarshal([]byte(files["summary.json"]), &read); err != nil || fmt.Sprint(read) != fmt.Sprint(s) {
		t.Errorf("summary.json: got %v, %v, want %v", read, err, s)
	}
}

// TestRosterThatIsAView: what an earlier run has added is replaced.
func TestRosterThatIsAView(t *testing.T) {
	_, files := write(t, "\uFEFFuser,Attempts,pending_platforms,pending_since,error,team\r\nu1,3,training,2026,\"a,b\",x\r\nu2,1,,,,\r\n", 2,
		sent(1), answer(1, 0, journal.Pending, journal.Answer{HTTPStatus: 202, Attempts: 1}),
		sent(2), answer(2, 0, journal.Failed, journal.Answer{HTTPStatus: 404, Attempts: 1, Message: "-no such user"}),
	)
	compare(t, "pending.csv", files["pending.csv"], "\uFEFFuser,error,team,pending_platforms,pending_since,attempts\nu1,\"a,b\",x,*,2026-11-24T09:00:00.123Z,1\n")
	compare(t, "failed.csv", files["failed.csv"], "\uFEFFuser,Attempts,pending_platforms,pending_since,team,error\nu2,1,,,,'-no such user\n")
	if !strings.HasPrefix(files["results.csv"], "\uFEFFrow,user,") {
		t.Errorf("results.csv begins with %q, want the roster's byte order mark", files["results.csv"][:10])
	}
}

func TestEmptyViewsHaveHeaders(t *testing.T) {
	_, files := write(t, "user\nu1\n", 1)
	compare(t, "pending.csv", files["pending.csv"], "user,pending_platforms,pending_since,attempts\n")
	compare(t, "failed.csv", files["failed.csv"], "user,error\n")
}

// TestChecksDoNotChangeOutcomes: a check is listed, and leaves the user
// pending.
func TestChecksDoNotChangeOutcomes(t *testing.T) {
	s, files := write(t, "user\nu1\n", 1,
		sent(1), answer(1, 0, journal.Pending, journal.Answer{HTTPStatus: 202, Attempts: 1}),
		journal.Entry{Kind: journal.KindBegin, At: at, Stage: &journal.Stage{Command: "check", Action: journal.ActionCheck}},
		answer(1, 5, journal.Off, journal.Answer{Action: journal.ActionCheck, HTTPStatus: 200, Attempts: 1}),
	)
	if s.Users.Pending != 1 || s.Check == nil || s.Check.Off != 1 {
		t.Errorf("got %+v, %+v, want one pending, one off", s.Users, s.Check)
	}
	if !strings.Contains(files["results.csv"], "1,u1,check,off,*,") {
		t.Errorf("the check is not listed:\n%s", files["results.csv"])
	}
	if !strings.Contains(files["pending.csv"], "u1,*,2026-11-24T09:00:00.123Z,1\n") {
		t.Errorf("the user is not pending as before:\n%s", files["pending.csv"])
	}
}

// TestManyRowsOutOfOrder reads lines far apart and longer than any block.
func TestManyRowsOutOfOrder(t *testing.T) {
	const rows = 3000
	var input strings.Builder
	input.WriteString("user\n")
	entries := make([]journal.Entry, 0, 2*rows)
	for row := rows; row >= 1; row-- {
		message := strings.Repeat("m", row%900)
		if row == 1500 {
			message = strings.Repeat("long", 1<<20)
		}
		entries = append(entries, answer(row, 0, journal.Done, journal.Answer{HTTPStatus: 200, Message: message}))
	}
	for row := 1; row <= rows; row++ {
		fmt.Fprintf(&input, "u%d\n", row)
		entries = append(entries, answer(row, 1, journal.Failed, journal.Answer{HTTPStatus: 404}))
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "journal.jsonl")
	d, err := journal.Create(path, journal.Header{}, at)
	must(t, err)
	must(t, d.Add(journal.Entry{Kind: journal.KindChecked, At: at, Checked: &journal.Checked{Rows: rows}}))
	j, err := d.Publish()
	must(t, err)
	must(t, j.Append(entries...))
	must(t, j.Close())
	must(t, os.WriteFile(filepath.Join(dir, "input.csv"), []byte(input.String()), 0o600))
	r, err := roster.Open(filepath.Join(dir, "input.csv"), "input.csv", roster.Options{})
	must(t, err)
	out := filepath.Join(dir, "results.csv")
	_, err = writeViews(t, Paths{path, out, filepath.Join(dir, "p"), filepath.Join(dir, "f"), filepath.Join(dir, "s")}, r)
	must(t, err)
	f, err := os.Open(out)
	must(t, err)
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	must(t, err)
	if len(lines) != 2*rows+1 {
		t.Fatalf("%d lines, want a header and two for each row", len(lines))
	}
	for i, line := range lines[1:] {
		row, outcome := i/2+1, []string{"done", "failed"}[i%2]
		if line[0] != fmt.Sprint(row) || line[3] != outcome {
			t.Fatalf("line %d: got row %s, %s, want row %d, %s", i+2, line[0], line[3], row, outcome)
		}
	}
}

func TestDefuse(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "fine": "fine", "=1": "'=1", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\t=1": "' =1", " =1": "' =1", "\r\n": "  ",
		"a=1": "a=1", "\x1b]0;t\a": " ]0;t ", "＝1": "'＝1", "\u202Ex": "\u202Ex",
		// In a spreadsheet of another dialect a cell begins behind these.
		"x;=1": "x;'=1", "x, +1,-2": "x, '+1,'-2", `x|"@y"`: `x|"'@y"`, ";\u00a0=1;;＝1": ";\u00a0'=1;;'＝1", "=1;=1": "'=1;'=1",
		"x;y=1, z-2; 3": "x;y=1, z-2; 3",
	} {
		if got := defuse(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	const rows = 50_000
	dir := b.TempDir()
	path := filepath.Join(dir, "journal.jsonl")
	d, err := journal.Create(path, journal.Header{}, at)
	must(b, err)
	must(b, d.Add(journal.Entry{Kind: journal.KindChecked, At: at, Checked: &journal.Checked{Rows: rows}}))
	j, err := d.Publish()
	must(b, err)
	var entries []journal.Entry
	var input strings.Builder
	input.WriteString("user\n")
	for row := 1; row <= rows; row++ {
		fmt.Fprintf(&input, "u%d\n", row)
		entries = append(entries, sent(row), answer(row, 1, journal.Pending, journal.Answer{HTTPStatus: 200, Status: 204, Attempts: 1, Platforms: []journal.Platform{
			platform("management", journal.Done, 204, ""), platform("play", journal.Done, 204, ""),
			platform("social", journal.Pending, 202, ""), platform("training", journal.Pending, 202, ""),
		}}))
	}
	must(b, j.Append(entries...))
	must(b, j.Close())
	must(b, os.WriteFile(filepath.Join(dir, "input.csv"), []byte(input.String()), 0o600))
	r, err := roster.Open(filepath.Join(dir, "input.csv"), "input.csv", roster.Options{})
	must(b, err)
	for b.Loop() {
		_, err := writeViews(b, Paths{path, filepath.Join(dir, "r"), filepath.Join(dir, "p"), filepath.Join(dir, "f"), filepath.Join(dir, "s")}, r)
		must(b, err)
	}
	b.ReportMetric(float64(6*rows*b.N)/b.Elapsed().Seconds(), "lines/s")
}

func TestStamp(t *testing.T) {
	for want, at := range map[string]time.Time{
		"":                         {},
		"2026-11-24T09:00:00.123Z": at,
		"2026-01-02T03:04:05.000Z": time.Date(2026, 1, 2, 3, 4, 5, 999_999, time.UTC),
		"2026-01-02T02:04:05.099Z": time.Date(2026, 1, 2, 3, 4, 5, 99_999_999, time.FixedZone("CET", 3600)),
	} {
		if got := stamp(at); got != want {
			t.Errorf("%v: got %q, want %q", at, got, want)
		}
	}
}
