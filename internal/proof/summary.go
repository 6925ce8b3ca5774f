package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// summary is the content of summary.json.
type summary struct {
	Tenant    string
	Simulated bool
	Input     struct {
		Rows   int
		SHA256 string
	}
	Users     map[string]int
	Platforms map[string]map[string]int
	Check     map[string]int
	Finished  *time.Time
	ExitCode  *int `json:"exit_code"`
}

func (e *experiment) agreeSummary(b []byte) error {
	var got summary
	if err := json.Unmarshal(b, &got); err != nil {
		return err
	}
	sum := sha256.Sum256(e.roster.bytes)
	switch end := e.ledger.ended; {
	case got.Tenant != e.tenant.url || got.Simulated:
		return fmt.Errorf("tenant %q, simulated %v", got.Tenant, got.Simulated)
	case got.Input.Rows != len(e.roster.rows) || got.Input.SHA256 != hex.EncodeToString(sum[:]):
		return fmt.Errorf("input %+v", got.Input)
	case end == nil && (got.Finished != nil || got.ExitCode != nil):
		return fmt.Errorf("finished at %v, while the last command has no end", got.Finished)
	case end != nil && (got.Finished == nil || !got.Finished.Equal(end.At) || got.ExitCode == nil || *got.ExitCode != end.End.ExitCode):
		return fmt.Errorf("finished at %v, want %v", got.Finished, end.At)
	}
	return e.agreeCounts(got)
}

func (e *experiment) agreeCounts(got summary) error {
	users := map[string]int{"done": 0, "pending": 0, "failed": 0, "skipped": 0, "unsent": 0, "unknown": 0}
	for name, n := range e.ledger.counts() {
		users[name] = n
	}
	platforms := make(map[string]map[string]int)
	for i := range e.ledger.rows {
		for name, outcome := range e.ledger.rows[i].latest() {
			if platforms[name] == nil {
				platforms[name] = map[string]int{"done": 0, "pending": 0, "failed": 0}
			}
			platforms[name][outcome]++
		}
	}
	var checks map[string]int
	if found := e.ledger.checks(); len(found) > 0 {
		checks = map[string]int{"off": 0, "on": 0, "missing": 0, "failed": 0}
		for name, n := range found {
			checks[name] = n
		}
	}
	want := summary{Users: users, Platforms: platforms, Check: checks}
	got = summary{Users: got.Users, Platforms: got.Platforms, Check: got.Check}
	if got.Platforms == nil || !reflect.DeepEqual(got, want) {
		return fmt.Errorf("users %v, platforms %v, check %v, want %v, %v, %v",
			got.Users, got.Platforms, got.Check, users, platforms, checks)
	}
	return nil
}
