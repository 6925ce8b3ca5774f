package main

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// goOnPlan is the command that goes on with a plan, or begins it. Somebody is
// struck from it before it is applied.
func (e *experiment) goOnPlan() []string {
	switch g := &e.ledger; {
	case !e.begun():
		return e.create("plan")
	case g.sealed == nil || g.struck:
		return []string{"plan", e.run, "--quiet"}
	case e.strike > 0:
		return []string{"plan", e.run, "--quiet", "--drop", e.roster.user(e.strike)}
	}
	return append([]string{"apply", e.run, "--yes", "--quiet"}, e.apply...)
}

// judgePlan compares plan.csv with what the tenant was like at the start, and
// with its seal.
func (e *experiment) judgePlan() {
	e.noteStruck()
	if e.ledger.sealed == nil || e.ledger.struck {
		return
	}
	text, err := os.ReadFile(filepath.Join(e.run, "plan.csv"))
	if !e.check(err) {
		return
	}
	sum, sealed := sha256.Sum256(text), e.ledger.sealed.Plan
	if got := hex.EncodeToString(sum[:]); got != sealed.SHA256 {
		e.fault("the digest of plan.csv is %s, sealed is %s", got, sealed.SHA256)
	}
	want, verdicts := e.roster.plan()
	if !maps.Equal(sealed.Verdicts, verdicts) {
		e.fault("sealed are the verdicts %v, want %v", sealed.Verdicts, verdicts)
	}
	if n := len(e.roster.people); sealed.People != 0 && sealed.People != n {
		e.fault("the plan knows of %d people, the tenant has %d", sealed.People, n)
	}
	rows, err := e.roster.parse(text)
	if err == nil {
		err = same(rows, want)
	}
	if err != nil {
		e.views++
		e.fault("plan.csv: %v", err)
	}
}

// somebody is a row that is to be sent, and not the first one.
func (r *roster) somebody(rng *rand.Rand) int {
	for range 1000 {
		if row := 2 + rng.IntN(len(r.rows)-1); r.fate(row).sent() {
			return row
		}
	}
	return 0
}

// noteStruck takes it that somebody is struck as soon as that is on record.
func (e *experiment) noteStruck() {
	if e.strike == 0 || len(e.ledger.rows) == 0 || e.ledger.rows[e.strike-1].skip == nil {
		return
	}
	e.roster.fates[e.strike] = fate{verdict: "dropped", reason: "struck from the plan", person: e.roster.fate(e.strike).person}
	e.strike = 0
}

// plan is the table that plan.csv must be, and its rows by verdict.
func (r *roster) plan() (all [][]string, verdicts map[string]int) {
	all = [][]string{append(slices.Clone(r.header), "verdict", "reason", "id", "username", "name", "enabled", "roles")}
	verdicts = make(map[string]int)
	for i := range r.rows {
		f := r.fate(i + 1)
		verdicts[f.verdict]++
		cells := append(slices.Clone(r.rows[i]), f.verdict, f.reason)
		if p := f.person; p != nil {
			cells = append(cells, p.id, p.username, p.name+" "+p.surname, strconv.FormatBool(p.on), p.role)
		} else {
			cells = append(cells, "", "", "", "", "")
		}
		all = append(all, cells)
	}
	return all, verdicts
}

// known is the number of rows that are to be looked up.
func (r *roster) known() (n int) {
	for _, f := range r.fates {
		if f.prior() != "" {
			n++
		}
	}
	return n
}

// judgeLooks finds that everybody was looked up, as they were at the start, and
// that nothing was sent before the plan was sealed.
func (e *experiment) judgeLooks(puts map[string][]access) {
	if !e.looks {
		return
	}
	if e.ledger.sealed == nil {
		e.fault("no plan is on record")
		return
	}
	for user, all := range puts {
		if all[0].Time.Before(e.ledger.sealed.At) {
			e.fault("%s was sent at %v, before the plan was sealed at %v", user, all[0].Time, e.ledger.sealed.At)
		}
	}
	for i := range e.ledger.rows {
		want, l := e.roster.fate(i+1), e.ledger.rows[i].person
		switch {
		case l == nil:
			if want.prior() != "" {
				e.fault("row %d was not looked up", i+1)
			}
		case l.Outcome != want.prior() || (l.Person == nil) != (want.person == nil) || l.Person != nil && l.Person.ID != want.person.id:
			e.fault("row %d: looked up as %s %+v, want %s %+v", i+1, l.Outcome, l.Person, want.prior(), want.person)
		}
	}
}
