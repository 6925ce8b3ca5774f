// Package story gathers what the journals of many runs say of one person. It
// reads whole journals, but decodes only the lines that name the person.
package story

import (
	"cmp"
	"slices"
	"time"

	"github.com/offboard-cli/offboard/internal/journal"
)

// Story is what a folder of runs says of one person.
type Story struct {
	User    string           `json:"user"`    // as asked for
	People  []journal.Person `json:"people"`  // whom the tenants have meant by it, the latest word on each
	Runs    []Run            `json:"runs"`    // by their begin
	Damaged []Damage         `json:"damaged"` // folders that could not be read to the end
	Read    int              `json:"read"`    // folders that were read
}

// Run is one run's part: a row for each time that its roster names the person.
type Run struct {
	Path      string    `json:"path"`
	Tenant    string    `json:"tenant"`
	Simulated bool      `json:"simulated"`
	Started   time.Time `json:"started"`
	Rows      []Row     `json:"rows"`
}

// Row is what has happened to the person, and how they stand now.
type Row struct {
	Row      int             `json:"row"`
	User     string          `json:"user"` // what the roster calls them
	Standing journal.Outcome `json:"standing"`
	Undo     journal.Outcome `json:"undo,omitempty"`  // what came of putting them back
	Check    journal.Outcome `json:"check,omitempty"` // what the latest check has found since
	Events   []Event         `json:"events"`
}

// Event is one thing that was found out, decided or done.
type Event struct {
	Time     time.Time       `json:"time"`
	Command  string          `json:"command"` // the roster's check, before any command, has none
	Action   string          `json:"action"`  // lookup, verdict, deactivate, check or activate
	Outcome  string          `json:"outcome"` // of a verdict: the verdict
	Reason   string          `json:"reason,omitempty"`
	Answer   *journal.Answer `json:"answer,omitempty"`
	Withdrew bool            `json:"withdrew,omitempty"` // takes back what was recorded before it
}

// Damage is a folder that is no sound run.
type Damage struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

// Tell gathers the story of a user, by id or username, from the folders of
// runs.
func Tell(user string, folders []string) Story {
	records := make([]*record, len(folders))
	for i, folder := range folders {
		records[i] = &record{folder: folder, hits: make(map[int64]journal.Entry)}
	}
	who := newIdentity(user)
	for names := []string{user}; len(names) > 0; names = who.learn(records) {
		findAll(records, names)
	}
	s := Story{User: user, People: who.people(records), Runs: []Run{}, Damaged: []Damage{}, Read: len(folders)}
	for _, r := range records {
		run, err := r.tell(who)
		if len(run.Rows) > 0 {
			s.Runs = append(s.Runs, run)
		}
		if err = cmp.Or(r.err, err); err != nil {
			s.Damaged = append(s.Damaged, Damage{r.folder, err.Error()})
		}
	}
	slices.SortStableFunc(s.Runs, func(a, b Run) int { return a.Started.Compare(b.Started) })
	return s
}
