package simulator

import (
	"slices"
	"sync"
)

// removed are the people who are gone. There are few of them.
type removed struct {
	mu   sync.RWMutex
	gone []index
}

func (r *removed) has(i index) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Contains(r.gone, i)
}

func (r *removed) set(i index, gone bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = slices.DeleteFunc(r.gone, func(other index) bool { return other == i })
	if gone {
		r.gone = append(r.gone, i)
	}
}

func (r *removed) all() []index {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.gone)
}

// order is the list of all people: those created later come first, the latest
// at the top, so that the list shifts when somebody comes as well as when
// somebody goes.
type order struct {
	known, created int
}

func (o order) at(position int) index {
	if position < o.created {
		return index(o.known + o.created - 1 - position)
	}
	return index(position - o.created)
}

func (o order) position(i index) int {
	if int(i) < o.known {
		return o.created + int(i)
	}
	return o.created - 1 - (int(i) - o.known)
}

// page returns who is on a page of the list.
func (d *directory) page(p page) []index {
	o := order{d.known(), d.created.size()}
	var gaps []int
	for _, i := range d.removed.all() {
		gaps = append(gaps, o.position(i))
	}
	slices.Sort(gaps)
	position := p.first
	for _, gap := range gaps {
		if gap <= position {
			position++
		}
	}
	people := make([]index, 0, p.count)
	for ; position < o.known+o.created && len(people) < p.count; position++ {
		if _, gap := slices.BinarySearch(gaps, position); !gap {
			people = append(people, o.at(position))
		}
	}
	return people
}
