package main

import (
	"encoding/json"
	"slices"
)

// standing is what `offboard status --json` says, as far as it is judged.
type standing struct {
	Working      int
	LastCommand  string   `json:"last_command"`
	UnknownUsers []string `json:"unknown_users"`
	Input        struct{ Rows int }
	Users        map[string]int
}

// standing asks the program where a run stands.
func (l *lab) standing(run string) (s standing, err error) {
	end, err := l.must("status", run, "--json")
	if err == nil {
		err = json.Unmarshal([]byte(end.stdout), &s)
	}
	return s, err
}

// judgeStatus compares that with the journal.
func (e *experiment) judgeStatus() {
	s, err := e.standing(e.run)
	if !e.check(err) {
		return
	}
	sum := 0
	for name, n := range s.Users {
		sum += n
		if want := e.ledger.counts()[name]; n != want {
			e.fault("status says that %d are %s, the journal says %d", n, name, want)
		}
	}
	if rows := len(e.roster.rows); s.Input.Rows != rows || sum != rows {
		e.fault("status: %d rows, users that add up to %d, of a roster of %d rows", s.Input.Rows, sum, rows)
	}
	if s.Working != 0 || s.LastCommand != e.ledger.command {
		e.fault("status: working %d, last command %q, not %q", s.Working, s.LastCommand, e.ledger.command)
	}
	e.judgeUnknown(s.UnknownUsers)
}

// judgeUnknown compares the users named with those who have an open sent line.
func (e *experiment) judgeUnknown(named []string) {
	var want []string
	for _, row := range e.ledger.unknown() {
		want = append(want, e.roster.user(row))
	}
	slices.Sort(want)
	if got := slices.Sorted(slices.Values(named)); !slices.Equal(got, want) {
		e.fault("status names %v as unknown, the journal %v", got, want)
	}
}
