package simulator

import (
	"fmt"
	"math"
)

// directory knows the tenant's people, by index: the listed ones, then the
// made-up ones, then those created when first addressed.
type directory struct {
	seed   uint64
	listed []Person
	byName map[string]index // ids and usernames of the listed
	count  int              // made-up ones
	opened *register        // nil: nobody is created
}

func newDirectory(o Options) (*directory, error) {
	if len(o.People)+o.Count > math.MaxUint32/2 {
		return nil, fmt.Errorf("%d people are too many", o.Count)
	}
	d := &directory{seed: o.Seed, listed: o.People, count: o.Count}
	d.byName = make(map[string]index, 2*len(o.People))
	for i, p := range o.People {
		for _, name := range []string{p.ID, p.Username} {
			if _, taken := d.find(name); taken || name == "" {
				return nil, fmt.Errorf("person %d: the id or username %q is empty or taken", i+1, name)
			}
		}
		d.byName[p.ID] = index(i)
		d.byName[p.Username] = index(i)
	}
	if o.Open {
		d.opened = newRegister(o.Seed)
	}
	return d, nil
}

// known is the number of people who were there from the start.
func (d *directory) known() int { return len(d.listed) + d.count }

func (d *directory) size() int {
	if d.opened == nil {
		return d.known()
	}
	return d.known() + d.opened.size()
}

// find looks an id or username up.
func (d *directory) find(name string) (index, bool) {
	if i, ok := d.byName[name]; ok {
		return i, true
	}
	if i, ok := madeUpIndex(d.seed, name); ok && int(i) < d.count {
		return index(len(d.listed)) + i, true
	}
	if d.opened == nil {
		return 0, false
	}
	i, ok := d.opened.find(name)
	return index(d.known()) + i, ok
}

// open finds or creates.
func (d *directory) open(name string) (index, bool) {
	if i, ok := d.find(name); ok || d.opened == nil {
		return i, ok
	}
	return index(d.known()) + d.opened.add(name), true
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
	} else {
		p.ID, p.Username = d.opened.names(i - index(d.known()))
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
		_, username := d.opened.names(i - index(d.known()))
		return username
	}
}
