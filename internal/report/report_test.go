package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/roster"
)

var update = flag.Bool("update", false, "write what is got to testdata")

var start = time.Date(2026, 11, 27, 21, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// source is a run with that roster, whose journal has these lines behind its
// header.
func source(t testing.TB, rows int, input string, skips []journal.Entry, entries ...journal.Entry) Source {
	t.Helper()
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(file("input.csv"), []byte(input), 0o600))
	r, err := roster.Open(file("input.csv"), "input.csv", roster.Options{})
	must(t, err)
	d, err := journal.Create(file("journal.jsonl"), journal.Header{
		Tool: "v1.2.3", Run: "friday", Tenant: "https://acme.example", Input: journal.Input{Name: "leavers.csv", SHA256: "5ha"},
	}, start)
	must(t, err)
	for _, e := range append(skips, journal.Entry{Kind: journal.KindChecked, At: start, Checked: &journal.Checked{Rows: rows}}) {
		must(t, d.Add(e))
	}
	j, err := d.Publish()
	must(t, err)
	must(t, j.Append(entries...))
	must(t, j.Close())
	state, err := journal.Load(file("journal.jsonl"))
	must(t, err)
	return Source{Journal: file("journal.jsonl"), State: state, Roster: r}
}

func begin(seconds int, command, action, mode string) journal.Entry {
	return journal.Entry{Kind: journal.KindBegin, At: after(seconds), Stage: &journal.Stage{Command: command, Action: action, Mode: mode, Rate: 2}}
}

func end(seconds int, command string, exit int, why string) journal.Entry {
	return journal.Entry{Kind: journal.KindEnd, At: after(seconds), Reason: why, End: &journal.End{Command: command, ExitCode: exit}}
}

func after(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

func sentTo(seconds, row int, user string) journal.Entry {
	return journal.Entry{Kind: journal.KindSent, Row: row, At: after(seconds), User: user}
}

func answered(seconds, row int, user string, o journal.Outcome, a journal.Answer) journal.Entry {
	return journal.Entry{Kind: journal.KindAnswer, Row: row, Outcome: o, At: after(seconds), User: user, Answer: &a}
}

func seen(row int, user, name string, o journal.Outcome) journal.Entry {
	return journal.Entry{
		Kind: journal.KindPerson, Row: row, Outcome: o, At: after(1), User: user,
		Person: &journal.Person{ID: "ff80", Username: user, Name: name, Email: user + "@acme.example"},
	}
}

func platform(name string, o journal.Outcome, status int, message string) journal.Platform {
	return journal.Platform{Name: name, Outcome: o, Status: status, Message: message}
}

// story is a small run with everything in it: a plan, pending and failed
// people, a retry, a check, and somebody put back.
func story(t testing.TB) Source {
	deactivate := func(attempts int, ms int64, platforms ...journal.Platform) journal.Answer {
		return journal.Answer{Action: journal.ActionDeactivate, HTTPStatus: 200, Status: 204, Attempts: attempts, LatencyMS: ms, Platforms: platforms}
	}
	check := journal.Answer{Action: journal.ActionCheck, HTTPStatus: 200, Attempts: 1, LatencyMS: 7}
	activate := journal.Answer{Action: journal.ActionActivate, HTTPStatus: 200, Status: 204, Attempts: 1, LatencyMS: 12}
	return source(t, 8, "user\nanna\nbob\ncyd\ndora\nanna\neve\nfay\ngus\n",
		[]journal.Entry{{Kind: journal.KindSkip, Row: 5, At: start, User: "anna", Reason: "duplicate of row 1", Verdict: "duplicate"}},
		begin(1, "run", journal.ActionLookup, ""),
		seen(1, "anna", "Anna Núñez", journal.On), seen(2, "bob", "Bob O'Neil", journal.On), seen(3, "cyd", "", journal.On),
		seen(4, "dora", "Dora", journal.On), seen(6, "eve", "Eve", journal.Off), seen(7, "fay", "Fay", journal.On), seen(8, "gus", "Gus", journal.On),
		journal.Entry{Kind: journal.KindSkip, Row: 6, Outcome: journal.Skipped, At: after(2), User: "eve", Reason: "already off", Verdict: "already-off"},
		journal.Entry{Kind: journal.KindPlan, At: after(2), Plan: &journal.Plan{
			SHA256: "p1an", Verdicts: map[string]int{"deactivate": 6, "already-off": 1, "duplicate": 1}, People: 900, Active: 850,
		}},
		begin(3, "run", journal.ActionDeactivate, "asynchronous"),
		sentTo(3, 1, "anna"), answered(4, 1, "anna", journal.Done, deactivate(1, 40, platform("play", journal.Done, 204, ""), platform("training", journal.Done, 200, ""))),
		sentTo(4, 2, "bob"), answered(5, 2, "bob", journal.Pending, deactivate(2, 130, platform("play", journal.Done, 204, ""), platform("training", journal.Pending, 202, ""))),
		sentTo(5, 3, "cyd"), answered(7, 3, "cyd", journal.Pending, deactivate(1, 55, platform("play", journal.Done, 204, ""), platform("training", journal.Pending, 202, ""))),
		sentTo(7, 4, "dora"), answered(9, 4, "dora", journal.Failed, deactivate(5, 900, platform("play", journal.Done, 204, ""), platform("training", journal.Failed, 500, "no seat for dora"))),
		sentTo(9, 7, "fay"),
		end(10, "run", 130, "interrupted"),
		begin(3600, "retry", journal.ActionDeactivate, "synchronous"),
		sentTo(3600, 2, "bob"), answered(3602, 2, "bob", journal.Done, deactivate(1, 300, platform("play", journal.Done, 204, ""), platform("training", journal.Done, 204, ""))),
		end(3603, "retry", 6, "the disk is full"),
		begin(3700, "check", journal.ActionCheck, ""),
		answered(3701, 1, "anna", journal.On, check), answered(3703, 2, "bob", journal.Off, check),
		end(3704, "check", 3, ""),
		begin(3800, "undo", journal.ActionActivate, "synchronous"),
		sentTo(3800, 2, "bob"), answered(3801, 2, "bob", journal.Done, activate),
	)
}

func write(t testing.TB, s Source) string {
	t.Helper()
	var b bytes.Buffer
	must(t, Write(&b, s))
	return b.String()
}

// parts leaves style and script out, which a golden page would only repeat.
var parts = regexp.MustCompile(`(?s)(<style>).*?(</style>)|(<script>).*?(</script>)|sha256-.*?=&#39;`)

func TestGolden(t *testing.T) {
	s := story(t)
	hidden := s
	hidden.Pseudonyms = &Pseudonyms{key: bytes.Repeat([]byte{7}, keySize)}
	for name, s := range map[string]Source{"report.html": s, "pseudonymised.html": hidden} {
		got := parts.ReplaceAllString(write(t, s), "$1$2$3$4")
		path := filepath.Join("testdata", name)
		if *update {
			must(t, os.WriteFile(path, []byte(got), 0o600))
		}
		want, err := os.ReadFile(path)
		must(t, err)
		if got != string(want) {
			t.Errorf("%s is another; look at what go test -update makes of it", path)
		}
	}
}

// TestPseudonymsHide: nothing of the run that could name anybody is left.
func TestPseudonymsHide(t *testing.T) {
	s := story(t)
	open := write(t, s)
	s.Pseudonyms = &Pseudonyms{key: []byte("secret")}
	hidden := write(t, s)
	for _, secret := range []string{"anna", "Núñez", "O&#39;Neil", "dora", "no seat for", "friday", "leavers.csv", "5ha", "the disk is full"} {
		if !strings.Contains(open, secret) {
			t.Errorf("%q is not in the open report either", secret)
		}
		if strings.Contains(hidden, secret) {
			t.Errorf("%q is in the report that is passed on", secret)
		}
	}
	for _, token := range []string{s.Pseudonyms.token("anna"), s.Pseudonyms.token("DORA")} {
		if !strings.Contains(hidden, token) {
			t.Errorf("%q is not in it", token)
		}
	}
}

func TestPseudonymsStay(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "key")
	one, err := OpenPseudonyms(key)
	must(t, err)
	again, err := OpenPseudonyms(key)
	must(t, err)
	another, err := OpenPseudonyms(filepath.Join(dir, "another"))
	must(t, err)
	if one.token("Anna") != again.token("anna") || one.token("anna") == another.token("anna") || one.token("anna") == one.token("bob") {
		t.Error("a token is of one person and one run")
	}
	must(t, os.WriteFile(key, []byte("short\n"), 0o600))
	if _, err := OpenPseudonyms(key); err == nil || !strings.Contains(err.Error(), "no key") {
		t.Errorf("got %v", err)
	}
}

// TestHostile: what the roster and the tenant say stays text, in the page and
// in its data.
func TestHostile(t *testing.T) {
	names := []string{
		`</script><script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, "<!--", "]]>", "{{.}}",
		"\u202Egnp.exe", "עברית", "\u2028\u2029", `\u003cscript\u003e`,
	}
	var input strings.Builder
	input.WriteString("user\n")
	entries := []journal.Entry{begin(0, "run", journal.ActionDeactivate, "")}
	for i, name := range names {
		fmt.Fprintf(&input, "u%d\n", i)
		entries = append(entries, journal.Entry{
			Kind: journal.KindPerson, Row: i + 1, Outcome: journal.On, At: start, User: fmt.Sprint("u", i), Person: &journal.Person{Name: name},
		}, sentTo(i, i+1, "u"), answered(i, i+1, "u", journal.Failed, journal.Answer{
			Action: journal.ActionDeactivate, HTTPStatus: 200, Status: 204, Attempts: 1, Message: name,
			Platforms: []journal.Platform{platform(name, journal.Failed, 500, name), platform("p"+name, journal.Outcome("x onload=alert(1)"), 1, "")},
		}))
	}
	entries = append(entries, end(20, `<b onclick="x">`, 1, `"'><svg onload=alert(1)>`))
	s := source(t, len(names), input.String(), nil, entries...)
	s.State.Header.Run, s.State.Header.Tenant = names[0], names[1]
	page := write(t, s)
	if n := strings.Count(page, "<script"); n != 2 {
		t.Errorf("the page has %d scripts, want its data and its own", n)
	}
	for _, bad := range []string{"<img", "<b onclick", "<svg onload", "<!--", "\u202E", "\u2028"} {
		if strings.Contains(page, bad) {
			t.Errorf("%q is in the page", bad)
		}
	}
	for _, tag := range regexp.MustCompile(`<[a-z][^>]*>`).FindAllString(page, -1) {
		if regexp.MustCompile(`\son[a-z]+=`).MatchString(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(tag, `""`)) {
			t.Errorf("an element listens: %s", tag)
		}
	}
	_, rest, _ := strings.Cut(page, `id="data">`)
	data, _, _ := strings.Cut(rest, "</script>")
	var l list
	must(t, json.Unmarshal([]byte(data), &l))
	for i, name := range names {
		if l.Names[i] != visible(name) {
			t.Errorf("the script reads %q, want %q", l.Names[i], visible(name))
		}
	}
}

// TestWithoutRoster calls people what the journal calls them.
func TestWithoutRoster(t *testing.T) {
	s := story(t)
	s.Roster = nil
	page := write(t, s)
	for _, want := range []string{`"anna"`, `"fay"`, `"gus"`} {
		if !strings.Contains(page, want) {
			t.Errorf("%s is not there", want)
		}
	}
	bare := source(t, 2, "user\nanna\nbob\n", nil)
	bare.Roster = nil
	if page := write(t, bare); !strings.Contains(page, `"row 2 of the roster"`) {
		t.Error("a person nobody has a name for is not called by the row")
	}
}

// TestGrown: what another command has written since the state was read is not
// drawn with it.
func TestGrown(t *testing.T) {
	s := story(t)
	s.Working = true
	before := write(t, s)
	j, err := journal.Open(s.Journal)
	must(t, err)
	must(t, j.Append(end(9000, "undo", 0, ""), begin(9001, "check", journal.ActionCheck, ""),
		answered(9002, 1, "anna", journal.Off, journal.Answer{Action: journal.ActionCheck, HTTPStatus: 200, Attempts: 1})))
	must(t, j.Close())
	after := write(t, s)
	if !strings.Contains(after, "still at work") || timelines.FindString(after) != timelines.FindString(before) {
		t.Error("a page made at work says another thing than the state it is made from")
	}
}

var timelines = regexp.MustCompile(`(?s)<h1>.*id="h-latency"`)
