package main

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"time"
)

// access is a line of the tenant's log.
type access struct {
	Time      time.Time
	Method    string
	Action    string
	User      string
	Status    int
	Platforms map[string]int
	Acted     bool
}

func readAccess(path string) (all []access, err error) {
	err = eachAccess(path, func(a access) { all = append(all, a) })
	return all, err
}

func eachAccess(path string, visit func(access)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewScanner(f)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		var a access
		if err := json.Unmarshal(in.Bytes(), &a); err != nil {
			return err
		}
		visit(a)
	}
	return in.Err()
}

// arrived are the PUTs that came, and the number of users they were for.
func (t *tenant) arrived() (puts, users int, err error) {
	seen := make(map[string]bool)
	err = eachAccess(t.log, func(a access) {
		if a.Method == "PUT" {
			puts++
			seen[a.User] = true
		}
	})
	return puts, len(seen), err
}

// puts are the PUTs of each user, as they came.
func (t *tenant) puts() (map[string][]access, error) {
	all, err := readAccess(t.log)
	byUser := make(map[string][]access)
	for _, a := range all {
		if a.Method == "PUT" {
			byUser[a.User] = append(byUser[a.User], a)
		}
	}
	return byUser, err
}

// outcome is what a user who got this answer counts as.
func (a access) outcome() string {
	if len(a.Platforms) == 0 {
		if a.Status == 200 || a.Status == 204 {
			return "done"
		}
		return "failed"
	}
	outcome := "done"
	for _, s := range a.Platforms {
		switch {
		case s == 202 && outcome == "done":
			outcome = "pending"
		case s >= 300:
			return "failed"
		}
	}
	return outcome
}

// agrees reports whether a recorded answer is this one.
func (a access) agrees(l line) bool {
	if a.Status != l.Answer.HTTP || len(a.Platforms) != len(l.Answer.Platforms) || a.outcome() != l.Outcome {
		return false
	}
	for _, p := range l.Answer.Platforms {
		if a.Platforms[p.Name] != p.Status {
			return false
		}
	}
	return true
}

func byTime(all []access) []access {
	slices.SortFunc(all, func(a, b access) int { return a.Time.Compare(b.Time) })
	return all
}

// densest is the largest number in any second.
func densest(all []access) int {
	most, from := 0, 0
	for to := range all {
		for all[to].Time.Sub(all[from].Time) >= time.Second {
			from++
		}
		most = max(most, to-from+1)
	}
	return most
}
