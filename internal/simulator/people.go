package simulator

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// columns are the ones that ReadPeople knows.
var columns = []string{"id", "username", "name", "surname", "email", "roles", "enabled"}

// ReadPeople reads a CSV with a header of some of the columns id, username,
// name, surname, email, roles and enabled, in any order; others are ignored.
// What is missing or empty is made up from the seed and the row's number.
//
// Roles are management's, separated by commas (admin), or sections separated
// by blanks (management=admin training=user,trainer).
func ReadPeople(r io.Reader, seed uint64) ([]Person, error) {
	in := csv.NewReader(r)
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("header of the people: %w", err)
	}
	at, err := positions(header)
	if err != nil {
		return nil, err
	}
	in.ReuseRecord = true
	var people []Person
	for {
		record, err := in.Read()
		if errors.Is(err, io.EOF) {
			return people, nil
		}
		if err != nil {
			return nil, err
		}
		p, err := readPerson(record, at)
		if err != nil {
			line, _ := in.FieldPos(0)
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		k := index(len(people))
		if p.Username == "" {
			p.Username = madeUpUsername(k)
		}
		if p.ID == "" {
			p.ID = madeUpID(seed, k)
		}
		p.fill(seed)
		people = append(people, p)
	}
}

// positions finds the known columns in the header.
func positions(header []string) (map[string]int, error) {
	at := make(map[string]int)
	for i, title := range header {
		name := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(title, "\uFEFF")))
		if !slices.Contains(columns, name) {
			continue
		}
		if _, twice := at[name]; twice {
			return nil, fmt.Errorf("column %q is there twice", name)
		}
		at[name] = i
	}
	if len(at) == 0 {
		return nil, fmt.Errorf("the people have none of the columns %s", strings.Join(columns, ", "))
	}
	return at, nil
}

func readPerson(record []string, at map[string]int) (Person, error) {
	cell := func(column string) string {
		if i, ok := at[column]; ok {
			return strings.Clone(strings.TrimSpace(record[i]))
		}
		return ""
	}
	disabled, err := disabled(cell("enabled"))
	if err != nil {
		return Person{}, err
	}
	return Person{
		ID:       cell("id"),
		Username: cell("username"),
		Name:     cell("name"),
		Surname:  cell("surname"),
		Email:    cell("email"),
		Roles:    readRoles(cell("roles")),
		Disabled: disabled,
	}, nil
}

func disabled(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "", "true", "yes", "1":
		return false, nil
	case "false", "no", "0":
		return true, nil
	default:
		return false, fmt.Errorf("enabled is %q: want true or false", s)
	}
}

func readRoles(s string) map[string][]string {
	if s == "" {
		return nil
	}
	roles := make(map[string][]string)
	for word := range strings.FieldsSeq(s) {
		section, list, ok := strings.Cut(word, "=")
		if !ok {
			section, list = "management", word
		}
		roles[section] = append(roles[section], strings.Split(list, ",")...)
	}
	return roles
}
