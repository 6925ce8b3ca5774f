package cli

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/journal"
	"github.com/offboard-cli/offboard/internal/plan"
	"github.com/offboard-cli/offboard/internal/results"
	"github.com/offboard-cli/offboard/internal/rundir"
)

// dropFlags strike people from a plan.
type dropFlags struct {
	users []string
	file  string
}

func (d *dropFlags) register(f *pflag.FlagSet) {
	f.StringArrayVar(&d.users, "drop", nil, "strike a user from the plan, by what the roster says, id or username; may be given more than once")
	f.StringVar(&d.file, "drop-file", "", "file of users to strike, one a line")
}

func (d dropFlags) given() bool { return len(d.users) > 0 || d.file != "" }

// readUsers reads a file of users, one a line. With them it returns, in lower
// case, whether they were found yet: nobody was.
func readUsers(flag, file string, more ...string) (map[string]bool, error) {
	var text []byte
	if file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return nil, usage("check the path", "--%s: %v", flag, err)
		}
	}
	found := make(map[string]bool)
	for _, u := range append(strings.Split(string(text), "\n"), more...) {
		if u = strings.TrimSpace(strings.TrimPrefix(u, "\uFEFF")); u != "" {
			found[strings.ToLower(u)] = false
		}
	}
	return found, nil
}

// isAmong reports whether one of a person's names is listed, and marks those
// that are.
func isAmong(listed map[string]bool, names []string) (found bool) {
	for _, name := range names {
		name = strings.ToLower(name)
		if _, ok := listed[name]; ok {
			listed[name], found = true, true
		}
	}
	return found
}

// drop strikes people and seals the plan again.
func (o *opened) drop(d dropFlags) error {
	struck, err := readUsers("drop-file", d.file, d.users...)
	if err == nil && len(struck) == 0 && d.given() {
		err = usage("write one user a line, by what the roster says, id or username", "--drop and --drop-file name nobody")
	}
	if err == nil && !o.halfStruck() {
		err = o.unaltered()
	}
	if err != nil {
		return err
	}
	var entries []journal.Entry
	for c, err := range results.Candidates(o.dir.File(rundir.Journal), o.journal.State(), o.roster) {
		if err != nil {
			return err
		}
		names := []string{c.User}
		if c.Person != nil {
			names = append(names, c.Person.ID, c.Person.Username)
		}
		if isAmong(struck, names) {
			entries = append(entries, journal.Entry{
				Kind: journal.KindSkip, Row: c.Number, At: now(), User: c.User,
				Reason: "struck from the plan", Verdict: string(plan.Dropped),
			})
		}
	}
	maps.DeleteFunc(struck, func(_ string, found bool) bool { return found })
	if unknown := slices.Sorted(maps.Keys(struck)); len(unknown) > 0 {
		return usage("look at "+quote(o.dir.File(rundir.Plan)), "nobody who would be deactivated is called %s; nobody was struck", strings.Join(unknown, ", "))
	}
	if err := o.journal.Append(entries...); err != nil {
		return err
	}
	return o.seal(*o.journal.State().Plan)
}

// halfStruck reports whether a kill has come between the striking of people and
// the new seal.
func (o *opened) halfStruck() bool {
	s := o.journal.State()
	return s.Counts()[journal.Unsent] != s.Plan.Verdicts[string(plan.Deactivate)]
}
