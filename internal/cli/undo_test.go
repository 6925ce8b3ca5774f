package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/offboard-cli/offboard/internal/cli"
	"github.com/offboard-cli/offboard/internal/simulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var platforms = []string{"training", "social", "play", "management"}

// somebody is one of the tenant's people, and what befalls them.
type somebody struct {
	simulator.Person
	meddled string // what somebody else does to them after the run
}

// TestUndoRestores: for any roster and any tenant, whatever goes wrong in the
// run and in the undo, people end as they were before, on every platform, but
// for those whom somebody else has changed meanwhile.
func TestUndoRestores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people, rules := drawTenant(t)
		roster := drawRoster(t, people)
		how := rapid.SampledFrom([]string{"run", "run --async", "plan"}).Draw(t, "how")
		p, stop := newProgram(t, people, rules)
		defer stop()
		p.write("roster.csv", roster)

		p.offboard(strings.Fields(how + " roster.csv --allow-empty --dir run")...)
		if how == "plan" && p.offboard("apply", "run") == 2 {
			return // the tenant knows nobody of the roster
		}
		for _, s := range people {
			p.tenant.Restore(s.Username, s.meddled, "", 204, time.Now())
		}
		code := p.undoAll()
		for _, s := range people {
			for _, platform := range platforms {
				on, _ := p.tenant.Enabled(s.Username, platform)
				if s.meddled == "" && on != !s.Disabled || s.meddled == "activate" && !on && platform == "management" {
					t.Errorf("%s on %s is on: %t, was %t, meddled %q", s.Username, platform, on, !s.Disabled, s.meddled)
				}
			}
		}
		if code != 0 || t.Failed() {
			t.Errorf("exit code %d\n%s", code, &p.output)
		}
	})
}

// drawTenant draws people, and what goes wrong with them: for good in the run,
// once in the undo.
func drawTenant(t *rapid.T) (people []somebody, rules string) {
	faults := []string{
		"http=403", "http=500", "drop=before", "drop=after", "body=html", "platform=training status=409",
		"platform=management status=409", "platform=s* status=404",
	}
	fault := rapid.OneOf(rapid.Just(""), rapid.SampledFrom(faults))
	for i := range rapid.IntRange(1, 6).Draw(t, "people") {
		s := somebody{meddled: rapid.SampledFrom([]string{"", "", "activate", "deactivate"}).Draw(t, "meddled")}
		s.ID, s.Username = fmt.Sprintf("ff80%028d", i), fmt.Sprintf("User.%d", i)
		s.Disabled = rapid.Bool().Draw(t, "off before")
		people = append(people, s)
		if f := fault.Draw(t, "in the run"); f != "" {
			rules += fmt.Sprintf("user=%s action=deactivate %s\nuser=%s action=deactivate %s\n", s.Username, f, s.ID, f)
		}
		if f := fault.Draw(t, "in the undo"); f != "" {
			rules += fmt.Sprintf("user=%s action=activate times=1 %s\nuser=%s action=activate times=1 %s\n", s.Username, f, s.ID, f)
		}
	}
	return people, rules
}

// drawRoster draws rows of some people, under any of their names, some more
// than once, and of nobody.
func drawRoster(t *rapid.T, people []somebody) string {
	names := []string{"nobody"}
	for _, s := range people {
		names = append(names, s.Username, s.ID, strings.ToLower(s.Username))
	}
	rows := rapid.SliceOfN(rapid.SampledFrom(names), 0, 10).Draw(t, "roster")
	return strings.Join(append([]string{"user"}, rows...), "\n") + "\n"
}

// program is the whole of it, and its tenant.
type program struct {
	t      *rapid.T
	dir    string
	tenant *simulator.Tenant
	url    string
	output bytes.Buffer
}

func newProgram(t *rapid.T, people []somebody, rules string) (*program, func()) {
	p := &program{t: t}
	parsed, err := simulator.ParseRules(rules)
	p.check(err)
	o := simulator.Options{Rules: parsed}
	for _, s := range people {
		o.People = append(o.People, s.Person)
	}
	server, err := simulator.Start("127.0.0.1:0", o)
	p.check(err)
	p.tenant, p.url = server.Tenant(), server.URL()
	p.dir, err = os.MkdirTemp("", "undo")
	p.check(err)
	return p, func() { server.Close(); os.RemoveAll(p.dir) }
}

func (p *program) check(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *program) write(name, text string) {
	p.check(os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600))
}

// offboard runs a command, whose words that name files are in the program's
// folder.
func (p *program) offboard(args ...string) int {
	for i, word := range args {
		if word == "run" && i > 0 || word == "roster.csv" {
			args[i] = filepath.Join(p.dir, word)
		}
	}
	fmt.Fprintf(&p.output, "$ offboard %s\n", strings.Join(args, " "))
	code := cli.Main(p.t.Context(), cli.Process{
		Args:    args,
		Env:     []string{"OFFBOARD_TOKEN=x", "OFFBOARD_BASE_URL=" + p.url, "OFFBOARD_RATE=unlimited", "OFFBOARD_MAX_ATTEMPTS=1", "OFFBOARD_YES=true"},
		Stdin:   strings.NewReader(""),
		Stdout:  &p.output,
		Stderr:  &p.output,
		Version: "test",
	})
	fmt.Fprintf(&p.output, "exit code %d\n", code)
	return code
}

// undoAll undoes until nobody is left: each attempt may meet one more fault.
func (p *program) undoAll() (code int) {
	for range 4 {
		if code = p.offboard("undo", "run", "--unknown-prior", "skip"); code == 0 {
			break
		}
	}
	return code
}
