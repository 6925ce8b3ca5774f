package main

import (
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
)

// mixer makes a roster of people of all sorts, and the tenant that has them.
type mixer struct {
	*roster
	rng  *rand.Rand
	late []*person // those whose second row is still to come
	rows map[*person]int
}

// makeMixedRoster has some n people: most of them on, others off already,
// administrators or not there at all; some rows are there twice, and some
// people are there by their username and once more by their id. The tenant has
// others too.
func makeMixedRoster(path, people string, n int, rng *rand.Rand) (*roster, error) {
	m := &mixer{roster: newRoster(path, rng), rng: rng, rows: make(map[*person]int)}
	for i := 1; i <= n; i++ {
		m.mix(i)
		if len(m.late) > 0 && rng.IntN(10) == 0 {
			m.twin()
		}
	}
	for len(m.late) > 0 {
		m.twin()
	}
	for range n / 3 {
		m.person()
	}
	rng.Shuffle(len(m.people), func(i, j int) { m.people[i], m.people[j] = m.people[j], m.people[i] })
	if err := writePeople(people, m.people); err != nil {
		return nil, err
	}
	return m.roster, m.write()
}

// mix adds a row. The first one is sent, so that there is somebody to send.
func (m *mixer) mix(i int) {
	kind := m.rng.IntN(20)
	if kind == 0 && i > 1 {
		m.mean(fmt.Sprintf("nobody%06d", i), fate{verdict: "not-found", reason: "User not found"})
		return
	}
	p := m.person()
	f := fate{verdict: "deactivate", person: p}
	switch {
	case i == 1:
	case kind == 1:
		p.on, f.verdict, f.reason = false, "already-off", "already off"
	case kind == 2:
		p.role = "training:admin"
		f.verdict, f.reason = "admin", "an administrator (training:admin)"
	case kind == 3:
		m.late = append(m.late, p)
	}
	name := p.username
	if kind != 3 && m.rng.IntN(4) == 0 {
		name = p.id
	}
	m.rows[p] = m.mean(name, f)
	if kind == 4 {
		m.add(name, m.rng)
		m.duplicate()
	}
}

// mean adds a row with its fate, and returns its number.
func (m *mixer) mean(user string, f fate) int {
	m.add(user, m.rng)
	m.fates[len(m.roster.rows)] = f
	return len(m.roster.rows)
}

// twin adds the second row of somebody.
func (m *mixer) twin() {
	i := m.rng.IntN(len(m.late))
	p := m.late[i]
	m.late = append(m.late[:i], m.late[i+1:]...)
	first := m.rows[p]
	same := func(other int) fate {
		return fate{verdict: "ambiguous", reason: "the same person as row " + strconv.Itoa(other), person: p}
	}
	m.fates[first] = same(m.mean(p.id, same(first)))
}

// person adds somebody to the tenant.
func (m *mixer) person() *person {
	n := len(m.people) + 1
	p := &person{
		id:       fmt.Sprintf("e%031x", n),
		username: fmt.Sprintf("person%06d", n),
		name:     []string{"Ana", "Wei", "Zoë"}[n%3],
		surname:  "Núñez " + strconv.Itoa(n),
		role:     "training:user",
		on:       true,
	}
	m.people = append(m.people, p)
	return p
}

func writePeople(path string, people []*person) error {
	f, err := os.Create(filepath.Clean(path))
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	all := [][]string{{"id", "username", "name", "surname", "roles", "enabled"}}
	for _, p := range people {
		section, role := p.role[:len("training")], p.role[len("training:"):]
		all = append(all, []string{p.id, p.username, p.name, p.surname, section + "=" + role, strconv.FormatBool(p.on)})
	}
	if err := w.WriteAll(all); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
