package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
)

// roster is a CSV made up here, so all about it is known.
type roster struct {
	path   string
	bytes  []byte
	comma  rune
	bom    string
	header []string
	rows   [][]string   // data rows, from index 0
	fates  map[int]fate // of rows from 1; the others are sent, and were not looked up
	people []*person    // of the tenant, where they are made up here
}

const userField = 1

// makeRoster has n users that are at the tenant, up to four columns, some
// that are not there, some twice, and names that only quotes can hold.
func makeRoster(path string, n int, rng *rand.Rand) (*roster, error) {
	r := newRoster(path, rng)
	for i := 1; i <= n; i++ {
		user := fmt.Sprintf("user%06d", i)
		if rng.IntN(100) == 0 {
			user = fmt.Sprintf("nobody%06d", i)
		}
		r.add(user, rng)
		if rng.IntN(100) == 0 {
			r.add(user, rng)
			r.duplicate()
		}
	}
	return r, r.write()
}

func newRoster(path string, rng *rand.Rand) *roster {
	return &roster{
		path:   path,
		comma:  []rune{',', ';', '\t', '|'}[rng.IntN(4)],
		bom:    []string{"", "\uFEFF"}[rng.IntN(2)],
		header: []string{"name", "username", "department"},
		fates:  make(map[int]fate),
	}
}

// duplicate says that the last row is the one before it once more.
func (r *roster) duplicate() {
	n := len(r.rows)
	r.fates[n] = fate{verdict: "duplicate", reason: fmt.Sprintf("duplicate of row %d", n-1)}
}

func (r *roster) add(user string, rng *rand.Rand) {
	names := []string{"Ana Núñez", `José "Pepe" Gil`, "Li, Wei; jr.", "two\nlines", ""}
	r.rows = append(r.rows, []string{names[rng.IntN(len(names))], user, "d" + strconv.Itoa(rng.IntN(9))})
}

func (r *roster) write() error {
	var b bytes.Buffer
	b.WriteString(r.bom)
	w := csv.NewWriter(&b)
	w.Comma = r.comma
	if err := w.Write(r.header); err != nil {
		return err
	}
	if err := w.WriteAll(r.rows); err != nil {
		return err
	}
	r.bytes = b.Bytes()
	return os.WriteFile(r.path, r.bytes, 0o600)
}

func (r *roster) user(row int) string { return r.rows[row-1][userField] }

// users is the number of rows that are to be sent.
func (r *roster) users() (n int) {
	for i := range r.rows {
		if r.fate(i + 1).sent() {
			n++
		}
	}
	return n
}
