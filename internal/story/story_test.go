package story

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/rundir"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// run makes a run in which each user was looked up, if it is said who that is,
// and switched off.
func run(t testing.TB, dir, name string, day int, users []string, people map[string]journal.Person) string {
	t.Helper()
	at := time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC)
	folder := filepath.Join(dir, name)
	must(t, os.Mkdir(folder, 0o700))
	d, err := journal.Create(filepath.Join(folder, rundir.Journal), journal.Header{Run: name, Tenant: "https://t.example"}, at)
	must(t, err)
	must(t, d.Add(journal.Entry{Kind: journal.KindChecked, At: at, Checked: &journal.Checked{Rows: len(users), Users: len(users)}}))
	j, err := d.Publish()
	must(t, err)
	begin := func(action string) journal.Entry {
		return journal.Entry{Kind: journal.KindBegin, At: at, Stage: &journal.Stage{Command: "run", Action: action}}
	}
	must(t, j.Append(begin(journal.ActionLookup)))
	for i, u := range users {
		if p, ok := people[u]; ok {
			must(t, j.Append(journal.Entry{Kind: journal.KindPerson, Row: i + 1, Outcome: journal.On, At: at, User: u, Person: &p}))
		}
	}
	must(t, j.Append(begin(journal.ActionDeactivate)))
	for i, u := range users {
		must(t, j.Append(
			journal.Entry{Kind: journal.KindSent, Row: i + 1, At: at, User: u},
			journal.Entry{Kind: journal.KindAnswer, Row: i + 1, Outcome: journal.Done, At: at, User: u, Answer: &journal.Answer{Action: journal.ActionDeactivate}},
		))
	}
	must(t, j.Close())
	return folder
}

func told(s Story) string {
	var parts []string
	for _, r := range s.Runs {
		for _, row := range r.Rows {
			parts = append(parts, fmt.Sprintf("%s:%d:%s", filepath.Base(r.Path), row.Row, row.User))
		}
	}
	return strings.Join(parts, " ")
}

// TestOnePerson: who is known by id here and by username there is one person,
// but a username that has gone to somebody else is that person's from then on.
func TestOnePerson(t *testing.T) {
	dir := t.TempDir()
	ann, eve := journal.Person{ID: "1a", Username: "ann"}, journal.Person{ID: "2e", Username: "ann"}
	married := journal.Person{ID: "1a", Username: `Ánn\"b"`}
	folders := []string{
		run(t, dir, "married", 4, []string{"bob", `ÁNN\"b"`}, map[string]journal.Person{`ÁNN\"b"`: married}),
		run(t, dir, "by-id", 2, []string{"1A"}, map[string]journal.Person{"1A": ann}),
		run(t, dir, "by-name", 1, []string{"bob", "Ann"}, map[string]journal.Person{"Ann": ann}),
		run(t, dir, "blind", 3, []string{"1a", "anna"}, nil),
		run(t, dir, "eve", 5, []string{"ann"}, map[string]journal.Person{"ann": eve}),
		run(t, dir, "nobody", 6, []string{"message ann", "an"}, nil),
	}
	const hers = `by-name:2:Ann by-id:1:1A blind:1:1a married:2:ÁNN\"b"`
	for user, want := range map[string]string{
		"1a":      hers,
		`ánn\"B"`: hers,
		"ANN":     hers + " eve:1:ann", // the name has meant both
		"2E":      "eve:1:ann",
		"anna":    "blind:2:anna",
		"carl":    "",
	} {
		s := Tell(user, folders)
		if got := told(s); got != want {
			t.Errorf("%s: got %s, want %s", user, got, want)
		}
		if len(s.Damaged) > 0 {
			t.Errorf("%s: damaged %v", user, s.Damaged)
		}
		if user == "ANN" && !slices.EqualFunc(s.People, []journal.Person{married, eve}, func(a, b journal.Person) bool { return a.ID == b.ID && a.Username == b.Username }) {
			t.Errorf("people: %v", s.People)
		}
	}
}

// TestDamaged: what stands before the damage is told, and the damage too.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	folder := run(t, dir, "damaged", 1, []string{"ann", "bob"}, nil)
	path := filepath.Join(folder, rundir.Journal)
	text, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, append(text, "what?\n"...), 0o600))
	must(t, os.Mkdir(filepath.Join(dir, "foreign"), 0o700))
	s := Tell("bob", []string{folder, filepath.Join(dir, "foreign")})
	if told(s) != "damaged:2:bob" || len(s.Damaged) != 2 || s.Runs[0].Rows[0].Standing != journal.Done {
		t.Errorf("got %+v", s)
	}
	events := s.Runs[0].Rows[0].Events
	if len(events) != 1 || events[0].Action != journal.ActionDeactivate || events[0].Outcome != string(journal.Done) {
		t.Errorf("got events %+v", events)
	}
}
