// Package journal is a run's one record of truth: an append-only file of JSON
// lines, each closed by a newline (the commit mark) and chained to all lines
// before it.
//
// The chain is SHA-256: the value of a line is the digest of the previous
// line's 32 bytes (nothing for the first line) followed by the line's text up
// to, and without, `,"chain":`.
package journal

import (
	"cmp"
	"maps"
	"time"
)

// Format is the version of the line format. A reader refuses a newer one.
const Format = 1

// Kind tells what a line records.
type Kind string

// The kinds of lines, in the order in which a run writes them.
const (
	KindHeader   Kind = "header"   // the first line: what this run is
	KindSkip     Kind = "skip"     // a row that the action is never sent for, and why
	KindChecked  Kind = "checked"  // the roster is sound; the run exists from here on
	KindBegin    Kind = "begin"    // a command starts work on the run
	KindPerson   Kind = "person"   // whom the tenant knows by a row's user
	KindPlan     Kind = "plan"     // everybody is looked up and judged: this is what will be done
	KindSent     Kind = "sent"     // written before a user's first attempt
	KindAnswer   Kind = "answer"   // the end of a user's attempts
	KindWithdraw Kind = "withdraw" // the row's latest sent line, and any answer to it, counts no more
	KindEnd      Kind = "end"      // a command has ended, and how
)

// Outcome is what an answer means for a user or for one platform.
type Outcome string

// Deactivations and activations end in the first three, checks and lookups in
// the last three or in Failed. Skipped is of rows that are never sent, Unsent
// of rows that were not sent yet, Unknown of rows that were sent without an
// answer on record.
const (
	Done    Outcome = "done"
	Pending Outcome = "pending"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
	Unsent  Outcome = "unsent"
	Unknown Outcome = "unknown"
	Off     Outcome = "off"
	On      Outcome = "on"
	Missing Outcome = "missing"

	// Ambiguous is of a row that means two people, one by id, one by username.
	Ambiguous Outcome = "ambiguous"
)

// The actions: what is sent for a user.
const (
	ActionDeactivate = "deactivate"
	ActionCheck      = "check"
	ActionLookup     = "lookup"
	ActionActivate   = "activate"
)

// Entry is one line. Kind, Row and Outcome come first so that a scan can read
// them without decoding the rest.
type Entry struct {
	Kind    Kind      `json:"kind"`
	Row     int       `json:"row,omitzero"` // data row of the roster, from 1
	Outcome Outcome   `json:"outcome,omitzero"`
	At      time.Time `json:"at"`
	User    string    `json:"user,omitzero"`
	Reason  string    `json:"reason,omitzero"`  // of skip, person, withdraw and end
	Verdict string    `json:"verdict,omitzero"` // of a plan's skip
	Action  string    `json:"action,omitzero"`  // of a skip that is of one action only
	// Answered marks a withdraw line that takes back an answer too.
	Answered bool `json:"answered,omitzero"`
	// Answer is of answer, and of person and skip when a lookup has found nobody.
	Answer  *Answer  `json:"answer,omitzero"`
	Person  *Person  `json:"person,omitzero"`
	Plan    *Plan    `json:"plan,omitzero"`
	Stage   *Stage   `json:"stage,omitzero"` // of begin
	Checked *Checked `json:"checked,omitzero"`
	End     *End     `json:"end,omitzero"`
	Header  *Header  `json:"header,omitzero"`
}

// Answer is what the tenant said last to one user's attempts.
type Answer struct {
	Action     string     `json:"action"`          // deactivate or check
	HTTPStatus int        `json:"http,omitzero"`   // 0: no answer came
	Status     int        `json:"status,omitzero"` // the generic one; 0: none that can be read
	Message    string     `json:"message,omitzero"`
	Location   string     `json:"location,omitzero"`
	Attempts   int        `json:"attempts"`
	LatencyMS  int64      `json:"latency_ms"`          // of the last attempt
	RequestID  string     `json:"request_id,omitzero"` // likewise, as the tenant was told it
	Platforms  []Platform `json:"platforms,omitempty"`
}

// Platform is one platform's share of an answer.
type Platform struct {
	Name     string  `json:"name"`
	Outcome  Outcome `json:"outcome"`
	Status   int     `json:"status,omitzero"`
	Message  string  `json:"message,omitzero"`
	Location string  `json:"location,omitzero"`
}

// Person is what the tenant says of a user.
type Person struct {
	ID       string   `json:"id,omitzero"`
	Username string   `json:"username,omitzero"`
	Name     string   `json:"name,omitzero"`
	Email    string   `json:"email,omitzero"`
	Roles    []string `json:"roles,omitempty"` // section:role
}

// Plan seals what is about to be done.
type Plan struct {
	SHA256   string         `json:"sha256"`            // of plan.csv
	Verdicts map[string]int `json:"verdicts"`          // rows by verdict
	People   int            `json:"people,omitzero"`   // of the tenant; 0: its list was not read
	Active   int            `json:"active,omitzero"`   // of them, those who are on
	Calls    int            `json:"calls,omitzero"`    // to the tenant, for all this
	NoRoles  bool           `json:"no_roles,omitzero"` // the tenant has told nobody's
}

// CommandPlan makes a run that waits for another command to carry it out.
const CommandPlan = "plan"

// Stage is one command's work on the run.
type Stage struct {
	Command string  `json:"command"` // run, plan, apply, resume, retry, check, undo
	Action  string  `json:"action"`
	Mode    string  `json:"mode,omitzero"` // synchronous or asynchronous
	Rate    float64 `json:"rate,omitzero"` // most attempts a second; 0: unlimited, or an older program
	Tool    string  `json:"tool"`          // version of the program
	// Approval is of an apply that needed one.
	Approval *Approval `json:"approval,omitzero"`
	// Settings take the place of the header's for the commands that follow.
	Settings Settings `json:"settings,omitempty"`
}

// Approval is a second person's signature under a plan.
type Approval struct {
	By        string `json:"by"`        // names and key of the signer
	Applicant string `json:"applicant"` // who has applied the plan
}

// Checked closes the examination of the roster.
type Checked struct {
	Rows  int `json:"rows"`
	Users int `json:"users"` // rows that are to be sent
}

// End is how a command ended.
type End struct {
	Command  string `json:"command"`
	ExitCode int    `json:"exit_code"`
}

// Header says what a run is, and keeps what a later command on it needs.
type Header struct {
	Format    int      `json:"format"`
	Tool      string   `json:"tool"`
	Run       string   `json:"run"`
	ID        string   `json:"id,omitzero"` // in every log line and request of the run
	Tenant    string   `json:"tenant"`      // base URL; "simulator" when simulated
	Simulated bool     `json:"simulated,omitzero"`
	Input     Input    `json:"input"`
	Settings  Settings `json:"settings"`
	// Environment are those that came from the environment or from a file of
	// settings, and not as a flag.
	Environment Settings `json:"environment,omitempty"`
}

// Input is the roster: the digest of its bytes, and how to read it.
type Input struct {
	Name       string `json:"name"`
	SHA256     string `json:"sha256"`
	Encoding   string `json:"encoding"`
	Delimiter  string `json:"delimiter"`
	LazyQuotes bool   `json:"lazy_quotes,omitzero"`
	UserColumn string `json:"user_column"`
}

// Setting is one of the run's settings; "" when it was not set.
func (h Header) Setting(name string) string {
	return cmp.Or(h.Settings[name], h.Environment[name])
}

// Settings are the flags of the run that its later commands take over, by the
// flags' names and in their notation.
type Settings map[string]string

// with returns the settings with others in their place.
func (s Settings) with(others Settings) Settings {
	all := maps.Clone(s)
	if all == nil {
		all = make(Settings)
	}
	maps.Copy(all, others)
	return all
}
