package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/offboard-cli/offboard/internal/due"
	"github.com/offboard-cli/offboard/internal/guard"
	"github.com/offboard-cli/offboard/internal/plan"
)

// share is a number of people or a percentage of a total.
type share struct {
	guard.Share
	set bool
}

func (s *share) Type() string { return "N or P%" }

func (s *share) String() string {
	if !s.set {
		return ""
	}
	return s.Share.String()
}

func (s *share) Set(text string) (err error) {
	s.Share, err = guard.ParseShare(text)
	s.set = err == nil
	return err
}

// percentage is a share of people; the sign may be left out.
type percentage struct{ share }

func (p *percentage) Type() string { return "P%" }

func (p *percentage) Set(text string) error {
	return p.share.Set(strings.TrimSuffix(text, "%") + "%")
}

// ruleFlags say who is never touched, and how many people are too many.
type ruleFlags struct {
	noLookup      bool
	protect       string
	self          string
	includeAdmins bool
	maxUsers      headcount
	maxPercent    percentage
	minUsers      headcount
	allowUsers    headcount
}

func (r *ruleFlags) register(f *pflag.FlagSet) {
	f.BoolVar(&r.noLookup, "no-lookup", false, "ask the tenant for nothing first: no names, no guard for administrators, no way back")
	f.StringVar(&r.protect, "protect", "", "file of users who are never touched, one a line; * and @domain are understood")
	f.StringVar(&r.self, "self", "", "id or username of the token's owner, who is never touched")
	f.BoolVar(&r.includeAdmins, "include-admins", false, "deactivate administrators too")
	f.Var(&r.maxUsers, "max-users", "refuse to deactivate more users than that")
	f.Var(&r.maxPercent, "max-percent", "refuse to deactivate a greater share of the tenant's active people, such as 5%")
	f.Var(&r.minUsers, "min-users", "refuse a roster with fewer users than that")
	f.Var(&r.allowUsers, "allow-users", "deactivate exactly so many users, although a guard finds them too many")
	for _, name := range []string{"max-users", "min-users", "allow-users"} {
		f.Lookup(name).DefValue = ""
	}
}

// check finds flags that say nothing together.
func (r *ruleFlags) check() error {
	if r.noLookup && r.maxPercent.set {
		return usage("leave one of them out", "--max-percent counts the tenant's people, and --no-lookup asks for nobody")
	}
	return nil
}

// rules reads the guards that speak for single people.
func (r *ruleFlags) rules() (plan.Rules, error) {
	rules := plan.Rules{Self: r.self, IncludeAdmins: r.includeAdmins, Now: time.Now()}
	if r.protect == "" {
		return rules, nil
	}
	protected, err := guard.ReadProtected(r.protect)
	if err != nil {
		hint := "correct the file: a guard that cannot be read is no guard; nothing was sent"
		if errors.Is(err, fs.ErrNotExist) {
			hint = "check the path: a guard that cannot be read is no guard; nothing was sent"
		}
		return rules, fail(exitRefused, hint, "--protect: %v", err)
	}
	rules.Protected = protected.Match
	return rules, nil
}

// idle reports whether the rules speak against nobody of a roster in which
// nobody was looked up.
func (r *ruleFlags) idle() bool { return r.noLookup && r.protect == "" && r.self == "" }

// dueFlags are about the roster's column of dates.
type dueFlags struct {
	column string
	format string
	empty  string
}

func (d *dueFlags) register(f *pflag.FlagSet) {
	f.StringVar(&d.column, "due-column", "", "the column that says when a user is due; the others are skipped")
	f.StringVar(&d.format, "date-format", "", "of its dates, such as %d.%m.%Y or %m/%d/%Y (default ISO 8601, such as 2026-11-30)")
	f.StringVar(&d.empty, "due-empty", "refuse", "an empty date means now, skip or refuse")
}

// reader returns what reads a cell; nil without a column.
func (d *dueFlags) reader(zone *time.Location) (func(string) (time.Time, error), error) {
	calendar, err := due.NewCalendar(zone, d.format)
	if err != nil {
		return nil, usage("for example --date-format %d.%m.%Y", "--date-format: %v", err)
	}
	whenEmpty, ok := map[string]time.Time{"now": {}, "skip": plan.Never, "refuse": {}}[d.empty]
	switch {
	case !ok:
		return nil, usage("choose now, skip or refuse", "--due-empty: %q is none of them", d.empty)
	case d.column == "" && (d.format != "" || d.empty != "refuse"):
		return nil, usage("name the column of the dates with --due-column", "--date-format and --due-empty say nothing without a column")
	case d.column == "":
		return nil, nil
	}
	return func(cell string) (time.Time, error) {
		if cell != "" {
			return calendar.Due(cell)
		}
		if d.empty == "refuse" {
			return time.Time{}, fmt.Errorf("no date (--due-empty says what that means)")
		}
		return whenEmpty, nil
	}, nil
}

// absolute is the path from wherever a later command is given.
func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
