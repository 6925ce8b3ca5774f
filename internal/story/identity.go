package story

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/offboard-cli/offboard/internal/journal"
)

// identity is what is known of who is looked for: one run may know a person by
// id and another by username.
type identity struct {
	asked string          // in lower case, like all names here
	names map[string]bool // that were searched for
	ids   map[string]bool
}

func newIdentity(user string) *identity {
	asked := strings.ToLower(user)
	return &identity{asked: asked, names: map[string]bool{asked: true}, ids: make(map[string]bool)}
}

// learn returns the names that what was found has added.
func (who *identity) learn(records []*record) []string {
	found := make(map[string]bool)
	for _, r := range records {
		for _, e := range r.hits {
			if e.Person == nil || !who.is(e.Person) {
				continue
			}
			if id := strings.ToLower(e.Person.ID); id != "" {
				who.ids[id] = true
			}
			for _, name := range []string{e.Person.ID, e.Person.Username, e.User} {
				if name = strings.ToLower(name); name != "" && !who.names[name] {
					found[name] = true
				}
			}
		}
	}
	maps.Copy(who.names, found)
	return slices.Collect(maps.Keys(found))
}

// is reports whether that is the person who was asked for. A username that was
// only found on the way proves nothing: it may be somebody else's by now.
func (who *identity) is(p *journal.Person) bool {
	id := strings.ToLower(p.ID)
	return who.ids[id] || id == who.asked || strings.ToLower(p.Username) == who.asked
}

// owns reports whether a row is about the person. What no lookup says it is
// of, it is of its name's.
func (who *identity) owns(entries []journal.Entry) bool {
	somebody := false
	for _, e := range entries {
		if e.Person == nil {
			continue
		}
		if who.is(e.Person) {
			return true
		}
		somebody = true
	}
	return !somebody
}

// people are those whom the name has meant, each as last seen.
func (who *identity) people(records []*record) []journal.Person {
	latest := make(map[string]journal.Entry)
	for _, r := range records {
		for _, e := range r.hits {
			if e.Person == nil || !who.is(e.Person) {
				continue
			}
			key := cmp.Or(strings.ToLower(e.Person.ID), strings.ToLower(e.Person.Username))
			if known, ok := latest[key]; !ok || e.At.After(known.At) {
				latest[key] = e
			}
		}
	}
	people := []journal.Person{}
	for _, key := range slices.Sorted(maps.Keys(latest)) {
		people = append(people, *latest[key].Person)
	}
	return people
}
