package simulator

import (
	"fmt"
	"math"
	"strings"
)

// directory knows the tenant's people, by index: the listed ones, then the
// made-up ones, then those created later.
type directory struct {
	seed    uint64
	listed  []Person
	byName  map[string]index // ids and usernames of the listed
	count   int              // made-up ones
	admins  int              // of the made-up ones, the first
	promote bool             // "admin" in a created one's name makes an administrator
	open    bool             // an unknown user is created when first addressed
	created register
	removed removed
}

// owner is the person whose token a practice tenant wants: a list of people is
// never empty.
const owner = "practice-admin"

func newDirectory(o Options) (*directory, error) {
	if len(o.People)+o.Count > math.MaxUint32/2 {
		return nil, fmt.Errorf("%d people are too many", o.Count)
	}
	d := &directory{seed: o.Seed, listed: o.People, count: o.Count, admins: o.Admins, promote: o.Practice, open: o.Open}
	d.created.init(o.Seed)
	if o.Practice {
		d.created.add(owner)
	}
	d.byName = make(map[string]index, 2*len(o.People))
	for i, p := range o.People {
		for _, name := range []string{p.ID, p.Username} {
			if _, taken := d.locate(name); taken || name == "" {
				return nil, fmt.Errorf("person %d: the id or username %q is empty or taken", i+1, name)
			}
		}
		d.byName[p.ID] = index(i)
		d.byName[p.Username] = index(i)
	}
	return d, nil
}

// known is the number of people who were there from the start.
func (d *directory) known() int { return len(d.listed) + d.count }

// locate looks an id or username up, also of someone removed.
func (d *directory) locate(name string) (index, bool) {
	if i, ok := d.byName[name]; ok {
		return i, true
	}
	if i, ok := madeUpIndex(d.seed, name); ok && int(i) < d.count {
		return index(len(d.listed)) + i, true
	}
	i, ok := d.created.find(name)
	return index(d.known()) + i, ok
}

// find looks an id or username up.
func (d *directory) find(name string) (index, bool) {
	i, ok := d.locate(name)
	return i, ok && !d.removed.has(i)
}

// address finds, and creates where the tenant is open to everybody.
func (d *directory) address(name string) (index, bool) {
	if i, ok := d.locate(name); ok || !d.open {
		return i, ok && !d.removed.has(i)
	}
	return index(d.known()) + d.created.add(name), true
}

// add creates a person, or brings a removed one back.
func (d *directory) add(name string) {
	if i, ok := d.locate(name); ok {
		d.removed.set(i, false)
		return
	}
	d.created.add(name)
}

func (d *directory) remove(name string) {
	if i, ok := d.locate(name); ok {
		d.removed.set(i, true)
	}
}

// person returns everything about a person, made up where nothing is known.
func (d *directory) person(i index) Person {
	n := int(i)
	if n < len(d.listed) {
		return d.listed[n]
	}
	var p Person
	if n < d.known() {
		k := i - index(len(d.listed))
		p.ID, p.Username = madeUpID(d.seed, k), madeUpUsername(k)
		if int(k) < d.admins {
			p.Roles = administrator
		}
	} else {
		p.ID, p.Username = d.created.names(i - index(d.known()))
		if d.promote && strings.Contains(p.Username, "admin") {
			p.Roles = administrator
		}
	}
	p.fill(d.seed)
	return p
}

// username spares what person does for the rest.
func (d *directory) username(i index) string {
	n := int(i)
	switch {
	case n < len(d.listed):
		return d.listed[n].Username
	case n < d.known():
		return madeUpUsername(i - index(len(d.listed)))
	default:
		_, username := d.created.names(i - index(d.known()))
		return username
	}
}
