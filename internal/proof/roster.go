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
	rows   [][]string  // data rows, from index 0
	double map[int]int // row -> the earlier row of the same user; both from 1
}

const userField = 1

// makeRoster has n users that are at the tenant, up to four columns, some
// that are not there, some twice, and names that only quotes can hold.
func makeRoster(path string, n int, rng *rand.Rand) (*roster, error) {
	r := &roster{
		path:   path,
		comma:  []rune{',', ';', '\t', '|'}[rng.IntN(4)],
		bom:    []string{"", "\uFEFF"}[rng.IntN(2)],
		header: []string{"name", "username", "department"},
		double: make(map[int]int),
	}
	for i := 1; i <= n; i++ {
		user := fmt.Sprintf("user%06d", i)
		if rng.IntN(100) == 0 {
			user = fmt.Sprintf("nobody%06d", i)
		}
		r.add(user, rng)
		if rng.IntN(100) == 0 {
			r.double[len(r.rows)+1] = len(r.rows)
			r.add(user, rng)
		}
	}
	return r, r.write()
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
func (r *roster) users() int { return len(r.rows) - len(r.double) }
