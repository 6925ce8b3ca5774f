// Package plan judges who of a roster is to be deactivated. It asks nobody: it
// goes by what the roster says, by what the tenant has said, and by rules.
package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
)

// Verdict is what is to become of a row. Only Deactivate is acted on.
type Verdict string

// The verdicts, in the order in which a summary counts them.
const (
	Deactivate Verdict = "deactivate"
	AlreadyOff Verdict = "already-off"
	NotDue     Verdict = "not-due"
	Protected  Verdict = "protected"
	Admin      Verdict = "admin"
	Dropped    Verdict = "dropped" // struck from the plan by the operator
	Duplicate  Verdict = "duplicate"
	Invalid    Verdict = "invalid" // left out by --skip-invalid
	NotFound   Verdict = "not-found"
	Ambiguous  Verdict = "ambiguous"
	NoAnswer   Verdict = "no-answer" // the lookup has failed
)

// Verdicts are all of them, in that order.
var Verdicts = []Verdict{Deactivate, AlreadyOff, NotDue, Protected, Admin, Dropped, Duplicate, Invalid, NotFound, Ambiguous, NoAnswer}

// Outcome is how a row stands that is not acted on: failed when somebody has to
// look at it, because the roster means a person who cannot be told.
func (v Verdict) Outcome() journal.Outcome {
	switch v {
	case Deactivate, Activate:
		return journal.Unsent
	case NotFound, Ambiguous, NoAnswer, SomebodyElse:
		return journal.Failed
	}
	return journal.Skipped
}

// Row is a user of the roster, and what the tenant knows of them.
type Row struct {
	User   string
	Due    time.Time       // zero: now
	Seen   journal.Outcome // On, Off, Missing, Ambiguous or Failed; Unsent when nobody has looked
	Why    string          // the tenant's words on Missing and Failed
	Person *journal.Person // of On and Off
	Twin   int             // another row that is the same person, 0 for none
}

// Never is the due time of those who have none, where that means never.
var Never = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Rules are what protects a person.
type Rules struct {
	// Protected looks for a rule that covers any of a person's identifiers; nil
	// for no rules.
	Protected     func(identifiers ...string) (rule string, ok bool)
	Self          string // who owns the token: id or username
	IncludeAdmins bool
	Now           time.Time
}

// Judge returns the verdict on a row, and the reason unless it is Deactivate.
// What protects a person comes first, whatever else is true of them.
func (r Rules) Judge(row Row) (Verdict, string) {
	person := cmp.Or(row.Person, &journal.Person{})
	identifiers := []string{row.User, person.ID, person.Username, person.Email}
	if r.Protected != nil {
		if rule, ok := r.Protected(identifiers...); ok {
			return Protected, fmt.Sprintf("protected by %q", rule)
		}
	}
	is := func(name string) bool { return strings.EqualFold(name, r.Self) }
	switch {
	case r.Self != "" && slices.ContainsFunc(identifiers, is):
		return Protected, "the token's owner"
	case row.Twin > 0:
		return Ambiguous, fmt.Sprintf("the same person as row %d", row.Twin)
	case row.Seen == journal.Ambiguous:
		return Ambiguous, "fits two people: one by id, one by username"
	case row.Seen == journal.Failed:
		return NoAnswer, "could not be looked up: " + row.Why
	case row.Seen == journal.Missing:
		return NotFound, cmp.Or(row.Why, "the tenant knows no such user")
	case row.Due.Equal(Never):
		return NotDue, "not due: no date"
	case row.Due.After(r.Now):
		return NotDue, "not due until " + row.Due.Format(time.RFC3339)
	case row.Seen == journal.Off:
		return AlreadyOff, "already off"
	case isAdmin(person) && !r.IncludeAdmins:
		return Admin, "an administrator (" + strings.Join(adminRoles(person), ", ") + ")"
	}
	return Deactivate, ""
}

func isAdmin(p *journal.Person) bool { return len(adminRoles(p)) > 0 }

// adminRoles are the roles named admin, as section:admin.
func adminRoles(p *journal.Person) (found []string) {
	for _, role := range p.Roles {
		if strings.EqualFold(role[strings.LastIndexByte(role, ':')+1:], "admin") {
			found = append(found, role)
		}
	}
	return found
}
